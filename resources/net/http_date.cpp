#include "resources/net/http_date.h"

#include <curl/curl.h>

#include <ctime>
#include <string>

namespace muster::net {

std::optional<std::int64_t> http_date(std::string_view text) {
  const std::time_t time = curl_getdate(std::string(text).c_str(), nullptr);
  if (time == -1) return std::nullopt;
  return time;
}

}  // namespace muster::net
