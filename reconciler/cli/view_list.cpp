#include "reconciler/cli/view_list.h"

#include <set>

#include "reconciler/cli/json.h"
#include "reconciler/cli/table.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_deployments.h"

namespace muster::cli {
namespace {

constexpr const char* unread_text = "could not be read";

/// What people copy.
const std::set<std::string>& whole() {
  static const std::set<std::string> titles = {"Name", "Instance name", "Domain", "Target", "Login", "Password"};
  return titles;
}

std::string status_of(const HostRow& row) {
  const std::string status = row.unread == Unread::server ? unread_text : row.status;
  return row.ours ? status : status + " (not ours)";
}

std::string domain_of(const HostRow& row) { return row.unread == Unread::record ? unread_text : row.domain; }

std::string password_of(const Login& login) { return login.outdated ? "(changed since it was made)" : login.password; }

std::string hosts_table(const ListShown& shown) {
  Table table{{"Name", "Instance name", "Domain", "Status", "IPv4"}, {}, whole()};
  const bool expires = !shown.expires.empty();
  if (expires) table.header.push_back("Expires");
  if (!shown.logins.empty()) table.header.insert(table.header.end(), {"Login", "Password"});
  for (const HostRow& row : shown.lists.hosts) {
    std::vector<std::string> cells = {row.name, row.instance_name, domain_of(row), status_of(row), row.ipv4};
    if (expires) {
      const auto found = shown.expires.find(row.group);
      cells.push_back(found == shown.expires.end() ? "" : minute_text(found->second));
    }
    if (!shown.logins.empty()) {
      const auto login = shown.logins.find(row.backend_id);
      cells.push_back(login == shown.logins.end() ? "" : login->second.user);
      cells.push_back(login == shown.logins.end() ? "" : password_of(login->second));
    }
    table.rows.push_back(std::move(cells));
  }
  return table.to_string(shown.width);
}

std::string_view word_of(Unread unread) {
  switch (unread) {
    case Unread::server:
      return "instance";
    case Unread::record:
      return "domain";
    case Unread::nothing:
      break;
  }
  return "";
}

Json row_json(const ListShown& shown, const HostRow& row, std::string_view type) {
  Json json = record(type);
  json["name"] = row.name;
  json["manifest"] = text_or_null(row.group);
  json["instance_name"] = text_or_null(row.instance_name);
  json["instance_id"] = text_or_null(row.backend_id);
  json["domain"] = text_or_null(row.domain);
  json["target"] = text_or_null(row.target);
  json["status"] = text_or_null(row.status);
  json["ipv4"] = text_or_null(row.ipv4);
  json["ipv6"] = text_or_null(row.ipv6);
  json["ours"] = row.ours;
  json["wanted"] = row.wanted;
  json["unread"] = text_or_null(word_of(row.unread));
  const auto expires = shown.expires.find(row.group);
  json["expires"] = expires == shown.expires.end() ? Json(nullptr) : Json(iso_text(expires->second));
  const auto login = shown.logins.find(row.backend_id);
  const bool known = login != shown.logins.end() && !login->second.outdated;
  json["login"] = known ? Json(login->second.user) : Json(nullptr);
  json["password"] = known ? Json(login->second.password) : Json(nullptr);
  return json;
}

}  // namespace

std::string list_text(const ListShown& shown) {
  const bool any_host = !shown.lists.hosts.empty() || shown.deployments.empty();
  std::string text = any_host ? hosts_table(shown) : "";
  if (any_host && !shown.deployments.empty()) text += "\n";
  text += deployments_text(shown.deployments, shown.now, shown.width);
  if (shown.hide_orphans) return text;
  if (!shown.lists.orphaned_servers.empty()) {
    Table table{{"Name", "Instance name", "Status", "IPv4"}, {}, whole()};
    for (const HostRow& row : shown.lists.orphaned_servers) {
      table.rows.push_back({row.name, row.instance_name, status_of(row), row.ipv4});
    }
    text += "\nORPHANED INSTANCES\n" + table.to_string(shown.width);
  }
  if (!shown.lists.orphaned_domains.empty()) {
    Table table{{"Name", "Domain", "Target"}, {}, whole()};
    for (const HostRow& row : shown.lists.orphaned_domains) table.rows.push_back({row.name, row.domain, row.target});
    text += "\nORPHANED DOMAINS\n" + table.to_string(shown.width);
  }
  return text;
}

std::string list_records(const ListShown& shown) {
  std::string text;
  for (const HostRow& row : shown.lists.hosts) text += line(row_json(shown, row, "host"));
  text += deployment_records(shown.deployments);
  if (shown.hide_orphans) return text;
  for (const HostRow& row : shown.lists.orphaned_servers) text += line(row_json(shown, row, "orphaned_instance"));
  for (const HostRow& row : shown.lists.orphaned_domains) text += line(row_json(shown, row, "orphaned_domain"));
  return text;
}

}  // namespace muster::cli
