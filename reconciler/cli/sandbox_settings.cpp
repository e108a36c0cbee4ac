#include "reconciler/cli/sandbox_settings.h"

#include <limits>
#include <sstream>

#include "reconciler/cli/values.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

using sandbox::GuestOptions;
using sandbox::OpenStackOptions;
using sandbox::OvhAccessRule;
using sandbox::OvhOptions;
using sandbox::ZoneRules;

constexpr const char* none = "none";

OpenStackOptions& openstack(Options& options) { return options.sandbox.openstack; }
OvhOptions& ovh(Options& options) { return options.sandbox.ovh; }
ZoneRules& zones(Options& options) { return options.sandbox.ovh.zone_rules; }
GuestOptions& guests(Options& options) { return options.sandbox.guests; }

/// Which part of the options a setting is in.
template <typename Part>
using In = Part& (*)(Options&);

template <typename Part>
Option time(const char* name, In<Part> part, std::chrono::milliseconds Part::*field, const char* doc) {
  return {name, "TIME", doc,
          [=](Options& options, const std::string& value) { part(options).*field = duration_from(value, name); }};
}

std::chrono::seconds seconds_from(const std::string& value, const std::string& name) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration_from(value, name));
}

template <typename Part>
Option time(const char* name, In<Part> part, std::chrono::seconds Part::*field, const char* doc) {
  return {name, "TIME", doc,
          [=](Options& options, const std::string& value) { part(options).*field = seconds_from(value, name); }};
}

template <typename Part>
Option yes_no(const char* name, In<Part> part, bool Part::*field, const char* doc) {
  return {name, "yes|no", doc,
          [=](Options& options, const std::string& value) { part(options).*field = yes_no_from(value, name); }};
}

template <typename Part>
Option fraction(const char* name, In<Part> part, double Part::*field, const char* doc) {
  return {name, "N", doc,
          [=](Options& options, const std::string& value) { part(options).*field = fraction_from(value, name); }};
}

template <typename Part, typename Number>
Option number(const char* name, In<Part> part, Number Part::*field, Range range, const char* doc) {
  return {name, "N", doc, [=](Options& options, const std::string& value) {
            part(options).*field = static_cast<Number>(number_from(value, name, range));
          }};
}

/// The sandbox's -1 is "none" here.
Option quota(const char* name, std::int64_t OpenStackOptions::*field, const char* doc) {
  return {name, "N|none", doc, [=](Options& options, const std::string& value) {
            openstack(options).*field = value == none ? -1 : number_from(value, name);
          }};
}

std::vector<std::string> items_of(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) {
    const std::size_t first = item.find_first_not_of(' ');
    if (first != std::string::npos) items.push_back(item.substr(first, item.find_last_not_of(' ') - first + 1));
  }
  return items;
}

Option names(const char* name, std::vector<std::string> OvhOptions::*field, const char* doc) {
  return {name, "ZONE,...", doc,
          [=](Options& options, const std::string& value) { ovh(options).*field = items_of(value); }};
}

std::vector<OvhAccessRule> rules_from(const std::string& value, const std::string& name) {
  std::vector<OvhAccessRule> rules;
  for (const std::string& item : items_of(value)) {
    const std::size_t blank = item.find(' ');
    const bool is_rule = blank != std::string::npos && blank + 1 < item.size() && item[blank + 1] == '/';
    if (!is_rule) throw Error(Fault::usage, name + " takes rules such as 'GET /domain/zone/*', not '" + item + "'");
    rules.push_back({item.substr(0, blank), item.substr(blank + 1)});
  }
  return rules;
}

void add_cloud(std::vector<Option>& table) {
  const Range count{0, std::numeric_limits<int>::max()};
  table.insert(
      table.end(),
      {time("openstack.boot-time", openstack, &OpenStackOptions::boot_time, "from create to ACTIVE or ERROR (1s)"),
       time("openstack.delete-time", openstack, &OpenStackOptions::delete_time,
            "a deleted server stays visible for this long (500ms)"),
       time("openstack.token-lifetime", openstack, &OpenStackOptions::token_ttl, "of Keystone's tokens (1h)"),
       quota("openstack.quota-servers", &OpenStackOptions::quota_instances, "servers the project may have (none)"),
       quota("openstack.quota-cores", &OpenStackOptions::quota_cores, "cores the project may have (none)"),
       quota("openstack.quota-ram", &OpenStackOptions::quota_ram_mb, "MiB the project may have (none)"),
       quota("openstack.quota-ports", &OpenStackOptions::quota_ports,
             "Neutron's; every server on a network takes one (none)"),
       quota("openstack.capacity", &OpenStackOptions::capacity_instances, "servers that fit; more go to ERROR (none)"),
       fraction("openstack.requests-per-second", openstack, &OpenStackOptions::requests_per_second,
                "per service but Keystone, then 429; 0: no limit (0)"),
       fraction("openstack.logins-per-minute", openstack, &OpenStackOptions::logins_per_minute,
                "at Keystone, then 429; 0: no limit (0)"),
       number("openstack.page-maximum", openstack, &OpenStackOptions::page_maximum, {1, count.most},
              "entries of one page of a list (1000)"),
       time("guests.boot-time", guests, &GuestOptions::boot_time,
            "from ACTIVE until a guest answers on its ports (500ms)"),
       yes_no("guests.all-addresses", guests, &GuestOptions::all_addresses,
              "any address answers: for a cloud beside the sandbox whose guests do not boot (no)"),
       number("guests.port", guests, &GuestOptions::port, {0, 65535}, "of the SOCKS5 proxy; 0 picks a free one (0)")});
}

void add_account(std::vector<Option>& table) {
  table.insert(
      table.end(),
      {names("ovh.zones", &OvhOptions::zones, "what the account owns beside --zone (example.com,example.net)"),
       names("ovh.expired-zones", &OvhOptions::expired_zones, "of these: every call on them answers 460 (none)"),
       {"ovh.rights", "RULE,...", "of the exported consumer key: 'GET /domain/zone/*,POST /domain/zone/*' (all)",
        [](Options& options, const std::string& value) {
          ovh(options).consumer_keys.front().rules = rules_from(value, "ovh.rights");
        }},
       number("ovh.first-record-id", ovh, &OvhOptions::first_record_id, {1}, "ids count up from here (5386578358)"),
       {"ovh.requests-per-minute", "N|none", "per key, then 429 (none)",
        [](Options& options, const std::string& value) {
          auto& limit = ovh(options).requests_per_minute;
          limit.reset();
          if (value != none) limit = static_cast<std::size_t>(number_from(value, "ovh.requests-per-minute"));
        }},
       {"ovh.retry-after", "TIME|none", "what a 429 tells to wait (none)",
        [](Options& options, const std::string& value) {
          auto& wait = ovh(options).retry_after;
          wait.reset();
          if (value != none) wait = seconds_from(value, "ovh.retry-after");
        }},
       time("ovh.timestamp-window", ovh, &OvhOptions::timestamp_window, "how wrong a signature's clock may be (3m)"),
       time("ovh.token-lifetime", ovh, &OvhOptions::token_lifetime, "of OAuth2 tokens (3599s)")});
}

void add_habits(std::vector<Option>& table) {
  table.insert(
      table.end(),
      {yes_no("ovh.refresh-answers-204", ovh, &OvhOptions::refresh_answers_204, "or 200 with null (yes)"),
       yes_no("ovh.writes-answer-204", ovh, &OvhOptions::writes_answer_204, "PUT and DELETE, or 200 with null (no)"),
       yes_no("ovh.post-answers-id-zero", ovh, &OvhOptions::post_answers_id_zero,
              "a new record's answer says id 0 (no)"),
       yes_no("ovh.batch", ovh, &OvhOptions::batch, "X-Ovh-Batch is understood (yes)"),
       number("ovh.batch-limit", ovh, &OvhOptions::batch_limit, {1}, "ids in one batch (50)"),
       yes_no("ovh.old-error-form", ovh, &OvhOptions::old_error_form,
              "of authentication errors: errorCode, httpCode, message (yes)"),
       time("ovh.refresh-duration", zones, &ZoneRules::refresh_duration,
            "from a refresh until the name servers have it (200ms)"),
       yes_no("ovh.refuse-concurrent-refresh", zones, &ZoneRules::refuse_concurrent_refresh,
              "or it joins the running one (yes)"),
       {"ovh.txt-quoted-after", "TIME|none", "a TXT is shown as it was sent for this long (500ms)",
        [](Options& options, const std::string& value) {
          auto& after = zones(options).txt_quoted_after;
          after.reset();
          if (value != none) after = duration_from(value, "ovh.txt-quoted-after");
        }},
       time("ovh.new-record-hidden-for", zones, &ZoneRules::new_record_hidden_for,
            "GET of a new record's id answers 404 for this long (0)"),
       yes_no("ovh.refuse-cname-clash", zones, &ZoneRules::refuse_cname_clash,
              "a CNAME beside other records is refused (no)"),
       yes_no("ovh.export-shows-unrefreshed", zones, &ZoneRules::export_shows_unrefreshed,
              "the export has what was not refreshed yet (yes)"),
       yes_no("ovh.status-counts-unrefreshed", zones, &ZoneRules::status_counts_unrefreshed,
              "isDeployed is false while a refresh is due (no)")});
}

}  // namespace

std::vector<Option> sandbox_settings() {
  std::vector<Option> table;
  add_cloud(table);
  add_account(table);
  add_habits(table);
  return table;
}

void take_sandbox_setting(Options& options, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  std::vector<std::string> known;
  for (const Option& setting : sandbox_settings()) {
    known.push_back(setting.names);
    if (setting.names != name) continue;
    if (equals == std::string::npos)
      throw Error(Fault::usage, "--set takes NAME=VALUE, not '" + text + "'",
                  "--set " + name + "=" + setting.value_name);
    return setting.set(options, text.substr(equals + 1));
  }
  const std::string close = did_you_mean(name, known);
  throw Error(Fault::usage, "the sandbox has no setting '" + name + "'",
              close.empty() ? "muster sandbox --help lists them" : "did you mean '" + close + "'?");
}

}  // namespace muster::cli
