// Ends by a fault that it causes: SIGSEGV or SIGBUS, by name.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (strcmp(argv[1], "SIGBUS") == 0) {
    // The mapped page is beyond the end of the file.
    FILE *file = tmpfile();
    if (file == NULL) return 3;
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    return page == MAP_FAILED ? 4 : *page;
  }
  volatile char *volatile nowhere = NULL;
  return *nowhere;
}
