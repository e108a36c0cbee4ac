#include "resources/guest/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "resources/contract/error.h"
#include "resources/contract/registry.h"
#include "resources/guest/probe.h"
#include "resources/guest/register.h"

namespace muster::guest {
namespace {

Schema check_schema() {
  return {
      .kind = "guest.check",
      .doc =
          "A readiness check: the host answers, seen from here. Once passed for an incarnation of its server it is "
          "never "
          "made again.",
      .fields = {
          {.name = "type",
           .required = true,
           .allowed = {"ssh", "tcp", "http", "https"},
           .doc = "What has to answer.",
           .compare = Compare::not_compared},
          {.name = "host", .required = true, .doc = "The host's address.", .compare = Compare::not_compared},
          {.name = "port",
           .type = Type::integer,
           .required = true,
           .minimum = 1,
           .maximum = 65'535,
           .doc = "The port that has to accept, for ssh and tcp.",
           .compare = Compare::not_compared},
          {.name = "url", .doc = "The page that has to answer, for http and https.", .compare = Compare::not_compared},
          {.name = "verify_tls",
           .type = Type::boolean,
           .default_value = true,
           .doc = "Whether the certificate has to be valid, for https.",
           .compare = Compare::not_compared},
          {.name = "incarnation", .required = true, .doc = "Which incarnation of the server has to answer."},
          {.name = "passed", .type = Type::boolean, .doc = "Whether it has answered.", .computed = Computed::live},
      }};
}

Probe probe_of(const Resource& resource) {
  const Value& wanted = resource.wanted;
  const std::string type = wanted.string_at("type");
  Probe probe;
  if (type == "tcp") probe.type = Probe::Type::tcp;
  if (type == "http") probe.type = Probe::Type::http;
  if (type == "https") probe.type = Probe::Type::https;
  probe.host = wanted.string_at("host");
  probe.port = static_cast<int>(wanted.int_at("port"));
  probe.url = wanted.string_at("url");
  probe.verify_tls = wanted.bool_at("verify_tls", true);
  const bool by_name = probe.type == Probe::Type::http || probe.type == Probe::Type::https;
  if (by_name ? probe.url.empty() : probe.host.empty() || probe.port == 0) {
    throw Error(Fault::invalid, fmt::format("{} says neither where to look nor what for: {}", resource.id.to_string(),
                                            to_canonical_json(wanted)));
  }
  return probe;
}

Route route_of(const Context& context) {
  return {context.environment.get("MUSTER_GUEST_PROXY").value_or(""),
          context.environment.get("MUSTER_GUEST_CA").value_or("")};
}

Finding look(const Prober& prober, const Resource& resource, Context& context) {
  context.calls.add("guest " + resource.wanted.string_at("type"));
  Finding finding = prober.look(probe_of(resource), context.stop);
  context.logger.log(LogLevel::debug, resource.id.to_string() + ": " + (finding.passed ? "passed" : finding.evidence));
  return finding;
}

bool is_of(const Observed& known, const Resource& resource) {
  return known.attributes.at("incarnation") == resource.wanted.at("incarnation");
}

/// What a look at `resource` amounts to. `before` is what was known of the same incarnation, or nullptr.
Observed observed_from(const Resource& resource, const Finding& finding, const Observed* before,
                       const Context& context) {
  Observed observed;
  observed.id = resource.id;
  observed.backend_id = resource.id.name;
  observed.ownership = Ownership::ours;
  observed.attributes = resource.wanted;
  observed.attributes.as_map().insert_or_assign("passed", finding.passed);
  observed.condition = finding.passed ? Condition::ready : Condition::progressing;
  observed.evidence = finding.evidence;
  observed.since = observed.created = context.clock.now();
  if (before == nullptr) return observed;
  observed.stamp = before->stamp;
  observed.created = before->created;
  if (before->condition == observed.condition) observed.since = before->since;
  return observed;
}

/// Looks at all of `checks`, many at a time. An entry stays empty when it was interrupted before its turn.
std::vector<std::optional<Finding>> look_at_all(const std::vector<const Resource*>& checks, Context& context) {
  // They only wait: hosts behind a firewall take three seconds each.
  constexpr std::size_t most_threads = 128;
  const Prober prober(route_of(context), context.network);
  std::vector<std::optional<Finding>> findings(checks.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t at = next++; at < checks.size() && !context.stop.stop_requested(); at = next++) {
      try {
        findings[at] = look(prober, *checks[at], context);
      } catch (const Error& error) {
        if (error.fault() == Fault::interrupted) return;
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        return;
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        return;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t count = std::min(most_threads, checks.size()); count > 0; --count) threads.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  return findings;
}

}  // namespace

GuestCheck::GuestCheck() : schema_(check_schema()) {}

Traits GuestCheck::traits() const {
  Traits traits;
  traits.progressing_limit = std::chrono::minutes(15);
  traits.stampable = false;
  traits.pure_check = true;
  return traits;
}

Observation GuestCheck::observe(Session&, const ObserveRequest& request, Context& context) const {
  std::map<ResourceId, const Observed*> known;
  for (const Observed& one : request.known) known.emplace(one.id, &one);
  const auto known_of = [&](const Resource& resource) {
    const auto found = known.find(resource.id);
    return found == known.end() ? nullptr : found->second;
  };

  Observation observation;
  observation.complete = true;
  std::vector<const Resource*> open;
  for (const Resource& resource : request.wanted) {
    const Observed* before = known_of(resource);
    const bool has_passed = before != nullptr && is_of(*before, resource) && before->attributes.bool_at("passed");
    // Without its server's address there is nothing to look at: what was known stays as it was.
    if (!has_passed && !resource.wanted.has_hole()) {
      open.push_back(&resource);
    } else if (before != nullptr) {
      observation.objects.push_back(*before);
    }
  }

  const std::vector<std::optional<Finding>> findings = look_at_all(open, context);
  for (std::size_t at = 0; at < open.size(); ++at) {
    const Observed* before = known_of(*open[at]);
    const bool begun = before != nullptr && is_of(*before, *open[at]);
    if (!findings[at]) {
      observation.complete = false;
      observation.why_incomplete = "interrupted before every guest was looked at";
    } else if (findings[at]->passed || begun || request.reach == ObserveRequest::Reach::listed) {
      observation.objects.push_back(observed_from(*open[at], *findings[at], begun ? before : nullptr, context));
    } else if (before != nullptr) {
      observation.objects.push_back(*before);
    }
  }
  return observation;
}

Observed GuestCheck::create(Session&, const Resource& resource, const Stamp& stamp, Context& context) const {
  const Prober prober(route_of(context), context.network);
  Observed observed = observed_from(resource, look(prober, resource, context), nullptr, context);
  observed.stamp = stamp;
  return observed;
}

Observed GuestCheck::update(Session& session, const Resource& resource, const Observed&,
                            const std::vector<FieldChange>&, const Stamp& stamp, Context& context) const {
  return create(session, resource, stamp, context);
}

std::optional<Observed> GuestCheck::remove(Session&, const Observed&, Context&) const { return std::nullopt; }

int GuestCheck::calls(Verb verb, const Value&) const { return verb == Verb::remove || verb == Verb::flush ? 0 : 1; }

}  // namespace muster::guest

namespace muster {

void register_guest(Registry& registry) { registry.add(std::make_unique<guest::GuestCheck>()); }

}  // namespace muster
