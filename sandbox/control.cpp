#include "sandbox/control.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace muster::sandbox {
namespace {

Response ledger_lines(const Ledger& ledger, const Request& request) {
  const std::string text = request.query_value("since").value_or("0");
  std::uint64_t since = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), since);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return json_response(400, {{"error", "since is a sequence number, not '" + text + "'"}});
  }
  Response response{200, {{"Content-Type", "application/x-ndjson"}}, ""};
  for (const LedgerEntry& entry : ledger.entries(request.query_value("kind").value_or(""), since)) {
    response.body += entry.to_json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return response;
}

Response load_faults(FaultScript& faults, const Request& request) {
  try {
    faults.load(nlohmann::json::parse(request.body));
  } catch (const std::exception& error) {
    return json_response(400, {{"error", error.what()}});
  }
  return {204, {}, ""};
}

}  // namespace

Control::Control(World& world, const SandboxOptions& options, const std::function<void()>& settle)
    : service_(world, {.name = "control", .port = options.control_port, .too_many = {}, .unrecorded = true}) {
  service_.route("GET", "/ledger", [&world, settle](const Request& request) {
    settle();
    return ledger_lines(world.ledger, request);
  });
  service_.route("GET", "/summary", [&world, settle](const Request&) {
    settle();
    return json_response(200, world.ledger.summary());
  });
  service_.route("POST", "/faults", [&world](const Request& request) { return load_faults(world.faults, request); });
  service_.route("DELETE", "/faults", [&world](const Request&) {
    world.faults.clear();
    return Response{204, {}, ""};
  });
}

}  // namespace muster::sandbox
