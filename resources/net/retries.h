#pragma once

// Repetition of reads, with back-off.

#include <functional>

#include "resources/contract/context.h"
#include "resources/net/http.h"

namespace muster::net {

/// Runs `attempt` until it succeeds, throws anything but Error(transient), or has failed three times. Waits between 1
/// to 2 s with jitter, and begins nothing again later than eight seconds after the start, so that a service that is not
/// there is told soon. What the server asks for is waited for as wait_as_asked says, and is no failure.
HttpAnswer with_retries(Context& context, const std::function<HttpAnswer()>& attempt);

}  // namespace muster::net
