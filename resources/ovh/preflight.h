#pragma once

// Everything about DNS writes that can be known to fail before the first one.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/ovh/session.h"

namespace muster::ovh {

/// Problems of an RRset that OVH would refuse, or silently change. Pure.
std::vector<std::string> problems_of(const RRsetKey& key, const std::set<std::string>& targets, std::int64_t ttl);

/// `*` in the rule stands for any text, also with slashes.
bool allows(const AccessRule& rule, std::string_view method, std::string_view path);

/// What muster needs on a zone over its whole life and these rules do not grant: "POST
/// /domain/zone/example.com/refresh".
std::vector<std::string> missing_rights(const std::vector<AccessRule>& rules, const std::string& zone);

/// Rights the key lacks for these writes, as errors. One call per session.
///
/// Where OVH does not tell them (no right to ask, OAuth2, a plain token) the one whose lack is found out too late is
/// tried: one POST refresh per zone and session, which publishes what is stored there, as an apply would. Refused: an
/// error. Not answered: a warning; so is Access::read, which tries nothing. The others show at the first write that
/// needs them.
std::vector<Diagnostic> check_rights(OvhSession& session, const std::vector<PlannedWrite>& writes, Context& context);

/// This machine's clock against OVH's. Asks nothing: the calls so far have told.
std::vector<Diagnostic> check_clock(OvhSession& session);

/// Wanted sets against the rules of DNS and of OVH, and CNAMEs against what else is wanted or stands at their name.
/// Reads a zone only when this session has not read it yet.
std::vector<Diagnostic> check_sets(OvhSession& session, const std::vector<PlannedWrite>& writes, Context& context);

}  // namespace muster::ovh
