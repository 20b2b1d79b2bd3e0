// Decimal numbers without libc.
#pragma once

// Reads digits until the text ends or another character comes.
static inline long parse_number(const char *text, long length) {
  long number = 0;
  for (long i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) number = number * 10 + (text[i] - '0');
  return number;
}

// Writes the digits of a number that is not negative, without a NUL. Returns how many there are.
static inline long print_number(char *text, long number) {
  long length = 1;
  for (long rest = number; rest >= 10; rest /= 10) length++;
  for (long i = length - 1; i >= 0; i--, number /= 10) text[i] = (char)('0' + number % 10);
  return length;
}
