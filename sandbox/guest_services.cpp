#include "sandbox/guest_services.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "sandbox/http_message.h"

namespace muster::sandbox {
namespace {

constexpr std::string_view ssh_identification = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
constexpr std::string_view element_page =
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Element</title></head>\n"
    "<body><div id=\"matrixchat\"></div><noscript>Sorry, Element requires JavaScript to be enabled.</noscript></body>\n"
    "</html>\n";

struct SiteRequest {
  std::string method;
  std::string path;
  std::string host;  // without a port
};

std::string header_value(std::string_view head, std::string_view name) {
  std::size_t start = head.find("\r\n");
  while (start != std::string_view::npos && start + 2 < head.size()) {
    start += 2;
    const std::size_t end = std::min(head.find("\r\n", start), head.size());
    const std::string_view line = head.substr(start, end - start);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && same_header(line.substr(0, colon), name)) {
      const std::size_t value = line.find_first_not_of(' ', colon + 1);
      return std::string(value == std::string_view::npos ? "" : line.substr(value));
    }
    start = end;
  }
  return {};
}

std::optional<SiteRequest> read_request(const ByteStream& stream) {
  constexpr std::size_t longest_head = 16384;
  std::string head;
  std::array<char, 2048> buffer{};
  while (head.find("\r\n\r\n") == std::string::npos) {
    const long count = stream.read(buffer.data(), buffer.size());
    if (count <= 0 || head.size() > longest_head) return std::nullopt;
    head.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const std::size_t method_end = head.find(' ');
  const std::size_t path_end = head.find(' ', method_end + 1);
  if (path_end == std::string::npos || path_end > head.find("\r\n")) return std::nullopt;
  const std::string host = header_value(head, "host");
  return SiteRequest{head.substr(0, method_end), head.substr(method_end + 1, path_end - method_end - 1),
                     host.substr(0, host.find(':'))};
}

void answer(const ByteStream& stream, const SiteRequest& request, std::string_view status, std::string_view headers,
            std::string_view body) {
  const std::string head =
      fmt::format("HTTP/1.1 {}\r\nServer: Caddy\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n", status, headers,
                  body.size());
  stream.write(head + std::string(request.method == "HEAD" ? "" : body));
}

void serve_http(const ByteStream& stream, const GuestSite& site) {
  const std::optional<SiteRequest> request = read_request(stream);
  if (!request) return;
  if (!site.serves(request->host)) return answer(stream, *request, "200 OK", "", "");
  const std::string location = fmt::format("Location: https://{}{}\r\n", request->host, request->path);
  answer(stream, *request, "308 Permanent Redirect", location, "");
}

void serve_site(const ByteStream& stream, const std::string& name) {
  const std::optional<SiteRequest> request = read_request(stream);
  if (!request) return;
  const std::string path = request->path.substr(0, request->path.find('?'));
  if (path == "/" || path == "/index.html")
    return answer(stream, *request, "200 OK", "Content-Type: text/html; charset=utf-8\r\n", element_page);
  // Nobody listens on 8888, where the site sends this, until the attendee has set a homeserver up.
  if (path.rfind("/.well-known", 0) == 0) return answer(stream, *request, "502 Bad Gateway", "", "");
  if (path != "/config.json") return answer(stream, *request, "404 Not Found", "", "");
  const nlohmann::json config = {
      {"default_server_config",
       {{"m.homeserver", {{"base_url", "https://" + name + ":8448"}, {"server_name", name}}}}}};
  answer(stream, *request, "200 OK", "Content-Type: application/json\r\n", config.dump());
}

void serve_ssh(const ByteStream& stream) {
  if (!stream.write(ssh_identification)) return;
  // A real server would go on with the key exchange; this one listens until the client has said who it is.
  std::array<char, 256> identification{};
  stream.read(identification.data(), identification.size());
}

}  // namespace

bool guest_listens_on(int port) { return port == 22 || port == 80 || port == 443; }

std::string_view guest_greeting(int port) { return port == 22 ? ssh_identification : std::string_view(); }

void serve_guest_port(Connection& connection, int port, GuestTls& tls, const GuestSite& site) {
  if (port == 22) return serve_ssh(plain_stream(connection));
  if (port == 80) return serve_http(plain_stream(connection), site);
  tls.serve(connection, site.serves, serve_site);
}

}  // namespace muster::sandbox
