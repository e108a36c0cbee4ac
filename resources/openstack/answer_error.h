#pragma once

// What OpenStack services say when they refuse, in whichever form, as one Error.

#include <string>
#include <string_view>

#include "resources/contract/error.h"
#include "resources/net/http.h"

namespace muster::openstack {

/// The words for people in an error body: Nova's, Neutron's and Keystone's JSON, a provider's front end's, HTML, plain
/// text. One line, at most 400 bytes.
std::string server_words(std::string_view body);

/// `what` names service and operation: "nova POST servers".
Error answer_error(std::string_view what, const net::HttpAnswer& answer, bool idempotent);

}  // namespace muster::openstack
