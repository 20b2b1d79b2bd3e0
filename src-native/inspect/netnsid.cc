// The ids by which the caller's network namespace knows others (ip-netns(8), `ip netns set` and `ip netns list-id`).
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "module.h"
#include "unique_fd.h"

namespace namespawn {

// linux/net_namespace.h, Linux 4.20: the number in the caller's namespace, where another one is asked.
static constexpr unsigned short kCurrentNsid = 5, kTargetNsid = 4;

namespace {

struct Number {
  rtattr attribute;
  int value;
};

struct Request {
  nlmsghdr header;
  rtgenmsg family;
  // rtgenmsg has one byte, and an attribute starts at a multiple of four.
  char padding[NLMSG_ALIGN(sizeof(rtgenmsg)) - sizeof(rtgenmsg)];
  Number numbers[2];
};

Request MakeRequest(unsigned short type, unsigned short flags,
                    const std::vector<std::pair<unsigned short, int>> &numbers) {
  Request request{};
  request.header.nlmsg_len = static_cast<uint32_t>(NLMSG_SPACE(sizeof(rtgenmsg)) + numbers.size() * sizeof(Number));
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  for (size_t i = 0; i < numbers.size(); i++)
    request.numbers[i] = {{RTA_LENGTH(sizeof(int)), numbers[i].first}, numbers[i].second};
  return request;
}

struct Ids {
  int id = -1, current = -1;
};

Ids ReadIds(const nlmsghdr *header) {
  Ids ids;
  const auto *attribute =
      reinterpret_cast<const rtattr *>(static_cast<const char *>(NLMSG_DATA(header)) + NLMSG_ALIGN(sizeof(rtgenmsg)));
  int left = static_cast<int>(header->nlmsg_len) - static_cast<int>(NLMSG_SPACE(sizeof(rtgenmsg)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == NETNSA_NSID) memcpy(&ids.id, RTA_DATA(attribute), sizeof ids.id);
    if (attribute->rta_type == kCurrentNsid) memcpy(&ids.current, RTA_DATA(attribute), sizeof ids.current);
  }
  return ids;
}

// Sends a request, and collects what comes until the last message. Returns 0 or the negative errno.
long Ask(const Request &request, std::vector<Ids> *found) {
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return -errno;
  const int on = 1;
  // Else the kernel ignores NETNSA_TARGET_NSID in a dump.
  setsockopt(socket.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  if (send(socket.get(), &request, request.header.nlmsg_len, 0) < 0) return -errno;
  const bool is_dump = (request.header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  for (;;) {
    alignas(nlmsghdr) char reply[16384];
    const ssize_t length = recv(socket.get(), reply, sizeof reply, 0);
    if (length < 0) return -errno;
    auto left = static_cast<unsigned>(length);
    for (const auto *header = reinterpret_cast<const nlmsghdr *>(reply); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      // A dump that the kernel refuses ends at once, with the error.
      if (header->nlmsg_type == NLMSG_DONE)
        return header->nlmsg_len < NLMSG_LENGTH(sizeof(int)) ? 0 : *static_cast<const int *>(NLMSG_DATA(header));
      if (header->nlmsg_type == NLMSG_ERROR) return static_cast<const nlmsgerr *>(NLMSG_DATA(header))->error;
      found->push_back(ReadIds(header));
      if (!is_dump) return 0;
    }
  }
}

}  // namespace

static long Netnsid(int fd) {
  std::vector<Ids> found;
  const long error = Ask(MakeRequest(RTM_GETNSID, 0, {{NETNSA_FD, fd}}), &found);
  if (error < 0) return error;
  // NETNSA_NSID_NOT_ASSIGNED is -1, which would read as EPERM.
  return found.empty() || found[0].id < 0 ? -ENODATA : found[0].id;
}

static Napi::Value GetNetnsid(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Netnsid(info[0].As<Napi::Number>())));
}

// setNetnsid(fd, id): -1 lets the kernel choose. Returns 0 or the negative errno.
static Napi::Value SetNetnsid(const Napi::CallbackInfo &info) {
  const int fd = info[0].As<Napi::Number>().Int32Value(), id = info[1].As<Napi::Number>().Int32Value();
  std::vector<Ids> found;
  const long error = Ask(MakeRequest(RTM_NEWNSID, NLM_F_ACK, {{NETNSA_FD, fd}, {NETNSA_NSID, id}}), &found);
  return Napi::Number::New(info.Env(), static_cast<double>(error));
}

// listNetnsids(target): [id, the caller's id or -1 ...] of what the namespace with the id `target`, or the caller's own (-1), knows.
static Napi::Value ListNetnsids(const Napi::CallbackInfo &info) {
  const int target = info[0].As<Napi::Number>().Int32Value();
  std::vector<std::pair<unsigned short, int>> numbers;
  if (target >= 0) numbers.emplace_back(kTargetNsid, target);
  std::vector<Ids> found;
  const long error = Ask(MakeRequest(RTM_GETNSID, NLM_F_DUMP, numbers), &found);
  if (error < 0) return Result(info.Env(), error, -static_cast<int>(error));
  Napi::Array list = Napi::Array::New(info.Env());
  uint32_t count = 0;
  for (const Ids &ids : found) {
    list.Set(count++, Napi::Number::New(info.Env(), ids.id));
    list.Set(count++, Napi::Number::New(info.Env(), ids.current));
  }
  return list;
}

void RegisterNetnsid(Napi::Env env, Napi::Object exports) {
  Register<GetNetnsid>(env, exports, "getNetnsid");
  Register<SetNetnsid>(env, exports, "setNetnsid");
  Register<ListNetnsids>(env, exports, "listNetnsids");
}

}  // namespace namespawn
