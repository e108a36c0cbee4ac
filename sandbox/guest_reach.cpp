#include "sandbox/guest_reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sandbox/guest_services.h"

namespace muster::sandbox {
namespace {

int ledger_status(SocksReply reply) {
  if (reply == SocksReply::succeeded) return 200;
  return reply == SocksReply::host_unreachable ? 504 : 502;
}

}  // namespace

GuestReach::GuestReach(World& world, GuestOptions options, NameResolver resolver, GuestDirectory directory)
    : world_(world), options_(options), resolver_(std::move(resolver)), directory_(std::move(directory)) {}

GuestAnswer GuestReach::connect(const SocksTarget& target) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string place = fmt::format("{}:{}", target.host, target.port);
  world_.ledger.calling("guest");
  const Fault fault = world_.faults.next("guest", "CONNECT", place).value_or(Fault{});
  wait(world_.latency + fault.delay);
  GuestAnswer answer;
  if (fault.action == Fault::Action::pass) {
    answer = find_route(target);
  } else {
    if (fault.action == Fault::Action::status) answer.reply = SocksReply::general_failure;
    answer.reset = fault.reset;
  }
  const auto taken = std::chrono::steady_clock::now() - begin;
  world_.ledger.called("guest", "CONNECT", place,
                       fault.action == Fault::Action::pass ? ledger_status(*answer.reply) : 0,
                       std::chrono::duration_cast<std::chrono::milliseconds>(taken));
  return answer;
}

GuestAnswer GuestReach::find_route(const SocksTarget& target) const {
  std::vector<std::string> addresses{target.host};
  if (!target.is_address) addresses = resolver_(target.host).value_or(std::vector<std::string>{});
  GuestAnswer best{SocksReply::host_unreachable, {}};
  for (const std::string& text : addresses) {
    const std::string address = canonical_address(text).value_or(text);
    const SocksReply reply = reach(address, target.port);
    if (reply == SocksReply::succeeded) return {reply, address};
    if (reply == SocksReply::connection_refused) best.reply = reply;
  }
  return best;
}

SocksReply GuestReach::reach(const std::string& address, int port) const {
  {
    const std::lock_guard lock(mutex_);
    if (down_.count(address) > 0) return SocksReply::host_unreachable;
  }
  if (!options_.all_addresses) {
    const std::optional<GuestState> guest = directory_(address);
    if (!guest) return SocksReply::host_unreachable;
    if (!guest->active || guest->up_for < options_.boot_time) return SocksReply::connection_refused;
  }
  return guest_listens_on(port) ? SocksReply::succeeded : SocksReply::connection_refused;
}

bool GuestReach::leads_to(const std::string& name, const std::string& address) const {
  const auto addresses = resolver_(name).value_or(std::vector<std::string>{});
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& text) { return canonical_address(text) == address; });
}

void GuestReach::set_down(const std::string& address, bool down) {
  const std::lock_guard lock(mutex_);
  if (down)
    down_.insert(address);
  else
    down_.erase(address);
}

void GuestReach::mount_control(HttpService& control) {
  for (const bool down : {true, false})
    control.route("POST", down ? "/guests/{address}/down" : "/guests/{address}/up",
                  [this, down](const Request& request) {
                    const auto address = canonical_address(request.params.at("address"));
                    if (!address)
                      return json_response(400, {{"error", request.params.at("address") + " is no IP address"}});
                    set_down(*address, down);
                    return Response{204, {}, ""};
                  });
}

void GuestReach::hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  hurried_.notify_all();
}

void GuestReach::wait(std::chrono::milliseconds duration) {
  if (duration.count() <= 0) return;
  std::unique_lock lock(mutex_);
  hurried_.wait_for(lock, duration, [this] { return hurry_; });
}

}  // namespace muster::sandbox
