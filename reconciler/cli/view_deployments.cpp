#include "reconciler/cli/view_deployments.h"

#include <algorithm>
#include <chrono>

#include "reconciler/cli/json.h"
#include "reconciler/cli/table.h"
#include "reconciler/cli/text.h"

namespace muster::cli {

std::string deployments_text(const std::vector<DeploymentRow>& rows, Time now, std::size_t width) {
  if (rows.empty()) return {};
  Table table{{"Project", "Server", "Runs", "Wanted", "Status", "For", "By"}, {}, {"Project"}, "-"};
  for (const DeploymentRow& row : rows) {
    table.rows.push_back({row.project, row.server, row.runs, row.wanted, row.status,
                          row.since ? duration_text(std::max(now - *row.since, std::chrono::milliseconds(0))) : "",
                          row.user});
  }
  return table.to_string(width);
}

std::string deployment_records(const std::vector<DeploymentRow>& rows) {
  std::string text;
  for (const DeploymentRow& row : rows) {
    Json json = record("deployment");
    json["id"] = row.id.to_string();
    json["manifest"] = text_or_null(row.group);
    json["server"] = row.server;
    json["project"] = row.project;
    json["runs"] = text_or_null(row.runs);
    json["wanted"] = text_or_null(row.wanted);
    json["status"] = row.status;
    json["since"] = row.since ? Json(iso_text(*row.since)) : Json(nullptr);
    json["user"] = text_or_null(row.user);
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
