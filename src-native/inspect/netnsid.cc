// The id of a network namespace in the caller's network namespace (ip-netns(8), `ip netns set`).
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "module.h"
#include "unique_fd.h"

namespace namespawn {

struct NetnsidRequest {
  nlmsghdr header;
  rtgenmsg family;
  // rtgenmsg has one byte, and an attribute starts at a multiple of four.
  char padding[NLMSG_ALIGN(sizeof(rtgenmsg)) - sizeof(rtgenmsg)];
  rtattr attribute;
  int fd;
};

static long Netnsid(int fd) {
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return -errno;
  NetnsidRequest request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETNSID;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.attribute.rta_len = RTA_LENGTH(sizeof fd);
  request.attribute.rta_type = NETNSA_FD;
  request.fd = fd;
  if (send(socket.get(), &request, sizeof request, 0) < 0) return -errno;
  alignas(nlmsghdr) char reply[1024];
  const ssize_t length = recv(socket.get(), reply, sizeof reply, 0);
  if (length < 0) return -errno;
  const auto *header = reinterpret_cast<const nlmsghdr *>(reply);
  if (!NLMSG_OK(header, static_cast<size_t>(length))) return -EBADMSG;
  if (header->nlmsg_type == NLMSG_ERROR) {
    const auto *error = static_cast<const nlmsgerr *>(NLMSG_DATA(header));
    return error->error == 0 ? -EBADMSG : error->error;
  }
  const auto *attribute =
      reinterpret_cast<const rtattr *>(static_cast<const char *>(NLMSG_DATA(header)) + NLMSG_ALIGN(sizeof(rtgenmsg)));
  int left = static_cast<int>(length) - static_cast<int>(NLMSG_SPACE(sizeof(rtgenmsg)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != NETNSA_NSID) continue;
    int nsid;
    memcpy(&nsid, RTA_DATA(attribute), sizeof nsid);
    // NETNSA_NSID_NOT_ASSIGNED is -1, which JavaScript would take for -EPERM.
    return nsid < 0 ? -ENODATA : nsid;
  }
  return -ENODATA;
}

static Napi::Value GetNetnsid(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Netnsid(info[0].As<Napi::Number>())));
}

void RegisterNetnsid(Napi::Env env, Napi::Object exports) { Register<GetNetnsid>(env, exports, "getNetnsid"); }

}  // namespace namespawn
