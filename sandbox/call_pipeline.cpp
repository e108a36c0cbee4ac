#include "sandbox/call_pipeline.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace muster::sandbox {

using Steady = std::chrono::steady_clock;

namespace {

std::string http_date(Time time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

CallPipeline::CallPipeline(World& world, HttpService::Options options)
    : fallback([](const Request&) {
        return Response{404, {}, ""};
      }),
      world_(world),
      options_(std::move(options)),
      burst_(std::max(1.0, options_.burst > 0 ? options_.burst : options_.requests_per_second)),
      tokens_(burst_),
      refilled_(Steady::now()) {}

void CallPipeline::hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  hurried_.notify_all();
}

void CallPipeline::wait(std::chrono::microseconds duration) {
  if (duration.count() <= 0) return;
  std::unique_lock lock(mutex_);
  hurried_.wait_for(lock, duration, [this] { return hurry_; });
}

bool CallPipeline::within_limit() {
  const double rate = options_.requests_per_second;
  if (rate <= 0) return true;
  const std::lock_guard lock(mutex_);
  const auto now = Steady::now();
  const double elapsed = std::chrono::duration<double>(now - refilled_).count();
  tokens_ = std::min(burst_, tokens_ + elapsed * rate);
  refilled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

Response CallPipeline::handle(Request& request) const {
  const std::string method = request.method;
  if (method == "HEAD") request.method = "GET";
  const Handler* handler = router.find(request, nullptr);
  request.method = method;
  try {
    return handler != nullptr ? (*handler)(request) : fallback(request);
  } catch (const std::exception& error) {
    // A simulator that meets a request it cannot read must say so; the test that sent it will want to know.
    return json_response(500, {{"sandbox", fmt::format("{} {}: {}", method, request.target, error.what())}});
  }
}

Outcome CallPipeline::apply(const Fault& fault, Request& request) {
  wait(fault.delay);
  request.effect = fault.effect;
  Outcome outcome;
  switch (fault.action) {
    case Fault::Action::drop_before:
      outcome.answer = false;
      outcome.reset = fault.reset;
      return outcome;
    case Fault::Action::status:
      if (fault.process_first) handle(request);
      outcome.response = {fault.status, {fault.headers.begin(), fault.headers.end()}, fault.body};
      return outcome;
    case Fault::Action::drop_after:
      outcome.response = handle(request);
      outcome.answer = false;
      outcome.reset = fault.reset;
      return outcome;
    case Fault::Action::truncate:
      outcome.response = handle_spoilt(fault, request);
      outcome.body_bytes = fault.bytes;
      return outcome;
    case Fault::Action::pass:
      break;
  }
  outcome.response = handle_spoilt(fault, request);
  return outcome;
}

Response CallPipeline::handle_spoilt(const Fault& fault, Request& request) {
  Response response = handle(request);
  if (request.method != "GET" || response.status != 200) return response;
  if (fault.stale.count() > 0)
    response = stale_.instead_of(request.target, std::move(response), world_.clock(), fault.stale);
  if (fault.missing > 0 || fault.repeated > 0)
    response.body = with_list_faults(response.body, fault.missing, fault.repeated, world_.random);
  return response;
}

Outcome CallPipeline::process(Request& request) {
  Outcome outcome;
  const auto begun = Steady::now();
  if (options_.unrecorded) {
    outcome.response = handle(request);
  } else {
    world_.ledger.calling(options_.name);
    wait(world_.latency / 2);
    const auto fault = world_.faults.next(options_.name, request.method, request.target);
    if (fault) {
      outcome = apply(*fault, request);
    } else if (within_limit()) {
      outcome.response = handle(request);
    } else {
      outcome.response = options_.too_many;
      outcome.response.status = 429;
      if (!outcome.response.has_header("Retry-After")) outcome.response.headers.emplace_back("Retry-After", "1");
    }
    wait(world_.latency - world_.latency / 2);
  }
  if (finish) finish(request, outcome.response);
  outcome.response.headers.emplace_back("Date", http_date(world_.clock()));
  if (!options_.unrecorded) {
    const auto latency = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begun);
    world_.ledger.called(options_.name, request.method, request.target, outcome.answer ? outcome.response.status : 0,
                         latency);
  }
  return outcome;
}

}  // namespace muster::sandbox
