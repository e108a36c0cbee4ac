#pragma once

// What -v shows of the requests that are made.

#include "resources/contract/context.h"
#include "resources/net/http.h"

namespace muster::net {

/// Sends and says at debug level what was asked and how it ended: "GET http://host/path: 200, 24 ms". Headers and
/// bodies, where secrets are, are never shown. Of a write the id that the server gave it goes to context.request_ids.
HttpAnswer send_traced(HttpClient& client, const HttpRequest& request, Context& context);

}  // namespace muster::net
