#include "sandbox/guest_socks.h"

#include <arpa/inet.h>

#include <array>

namespace muster::sandbox {
namespace {

constexpr char version = 5;

/// Exactly `size` bytes, or nullopt when the client ends before.
std::optional<std::string> take(Connection& connection, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const long count = connection.read(bytes.data() + got, size - got);
    if (count <= 0) return std::nullopt;
    got += static_cast<std::size_t>(count);
  }
  return bytes;
}

std::size_t as_size(char byte) { return static_cast<unsigned char>(byte); }

std::string address_text(int family, const std::string& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

bool greet(Connection& connection) {
  const auto head = take(connection, 2);
  if (!head || (*head)[0] != version) return false;
  const auto methods = take(connection, as_size((*head)[1]));
  if (!methods) return false;
  const bool no_authentication = methods->find('\0') != std::string::npos;
  return connection.write({no_authentication ? "\x05\x00" : "\x05\xff", 2}) && no_authentication;
}

std::optional<SocksTarget> read_host(Connection& connection, char type) {
  if (type == 1) {
    const auto bytes = take(connection, 4);
    return bytes ? std::optional(SocksTarget{address_text(AF_INET, *bytes), true}) : std::nullopt;
  }
  if (type == 4) {
    const auto bytes = take(connection, 16);
    return bytes ? std::optional(SocksTarget{address_text(AF_INET6, *bytes), true}) : std::nullopt;
  }
  const auto length = take(connection, 1);
  const auto name = length ? take(connection, as_size(length->front())) : std::nullopt;
  if (!name) return std::nullopt;
  if (const auto address = canonical_address(*name)) return SocksTarget{*address, true};
  return SocksTarget{*name, false};
}

}  // namespace

std::optional<SocksTarget> accept_socks(Connection& connection) {
  if (!greet(connection)) return std::nullopt;
  const auto head = take(connection, 4);
  if (!head || (*head)[0] != version) return std::nullopt;
  const char type = (*head)[3];
  if (type != 1 && type != 3 && type != 4) {
    reply_socks(connection, SocksReply::address_type_not_supported);
    return std::nullopt;
  }
  std::optional<SocksTarget> target = read_host(connection, type);
  const auto port = target ? take(connection, 2) : std::nullopt;
  if (!port) return std::nullopt;
  if ((*head)[1] != 1) {
    reply_socks(connection, SocksReply::command_not_supported);
    return std::nullopt;
  }
  target->port = static_cast<int>(as_size((*port)[0]) * 256 + as_size((*port)[1]));
  return target;
}

bool reply_socks(Connection& connection, SocksReply reply) {
  std::string answer("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10);
  answer[1] = static_cast<char>(reply);
  return connection.write(answer);
}

std::optional<std::string> canonical_address(const std::string& text) {
  for (const int family : {AF_INET, AF_INET6}) {
    std::string bytes(16, '\0');
    if (inet_pton(family, text.c_str(), bytes.data()) == 1) return address_text(family, bytes);
  }
  return std::nullopt;
}

}  // namespace muster::sandbox
