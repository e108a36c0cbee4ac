#include "reconciler/cli/view_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "manifests/example.h"
#include "manifests/fleet.h"
#include "reconciler/cli/command.h"
#include "reconciler/cli/help.h"
#include "reconciler/cli/manual.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_schema.h"

namespace muster::cli {
namespace {

void add_rows(std::vector<FieldRow>& rows, const std::vector<Field>& fields, const std::string& path);

/// What stands below a field: members, elements with members, values with members.
void add_inner(std::vector<FieldRow>& rows, const Field& field, const std::string& path) {
  const bool has_elements = field.type == Type::list || field.type == Type::set || field.type == Type::dictionary;
  if (field.type == Type::record) {
    add_rows(rows, field.fields, path + ".");
  } else if (has_elements && !field.fields.empty() && field.fields.front().type == Type::record) {
    add_rows(rows, field.fields.front().fields, path + (field.type == Type::dictionary ? ".NAME." : "[]."));
  } else if (field.type == Type::choice) {
    for (const Field& form : field.fields) {
      rows.push_back({path, "either " + type_text(form), "", form.doc});
      add_inner(rows, form, path);
    }
  }
}

void add_rows(std::vector<FieldRow>& rows, const std::vector<Field>& fields, const std::string& path) {
  for (const Field& field : fields) {
    if (field.computed != Computed::no) continue;
    rows.push_back({path + field.name, type_text(field), default_text(field), field.doc});
    add_inner(rows, field, path + field.name);
  }
}

/// For a cell or a paragraph: what Markdown would take as a sign of its own is escaped, but not in `code`.
std::string escaped(const std::string& text) {
  std::string result;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (c == '|' || (!code && (c == '*' || c == '<' || c == '['))) result += '\\';
    result += c;
  }
  return result;
}

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  const auto row_text = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text += (cell.empty() ? "" : " ") + cell + " |";
    return text + "\n";
  };
  std::string text = row_text(header) + "|";
  for (std::size_t column = 0; column < header.size(); ++column) text += "---|";
  text += "\n";
  for (const auto& row : rows) text += row_text(row);
  return text + "\n";
}

/// In a cell a bar ends the cell even in code.
std::string code(const std::string& text) {
  std::string result = "`";
  for (const char c : text) result += c == '|' ? "\\|" : std::string(1, c);
  return result + "`";
}

std::string reference_paragraphs(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += escaped(text) + "\n\n";
  return result;
}

std::string entries(const std::string& left, const std::vector<ManualEntry>& list) {
  std::vector<std::vector<std::string>> rows;
  for (const ManualEntry& entry : list) rows.push_back({code(entry.name), escaped(entry.doc)});
  return table({left, "meaning"}, rows);
}

std::string options_table(const std::vector<Option>& options) {
  std::vector<std::vector<std::string>> rows;
  for (const Option& option : options) {
    std::string names;
    for (const std::string& name : names_of(option)) names += (names.empty() ? "" : ", ") + name;
    rows.push_back({code(option.value_name.empty() ? names : names + " " + option.value_name), escaped(option.doc)});
  }
  return table({"option", "does"}, rows);
}

std::string settings_table(const std::vector<Option>& settings) {
  std::vector<std::vector<std::string>> rows;
  for (const Option& one : settings) rows.push_back({code(one.names + "=" + one.value_name), escaped(one.doc)});
  return table({"setting for `--set`", "does"}, rows);
}

std::string command_section(const Command& command) {
  std::string text = fmt::format("#### muster {}\n\n", command.name);
  const std::string blank = command.usage.empty() ? "" : " ";
  text += fmt::format("    muster {} [OPTION...]{}{}\n\n", command.name, blank, command.usage);
  text += escaped(capitalised(command.summary)) + ".\n\n";
  if (!command.help.empty()) text += escaped(command.help) + "\n\n";
  if (!command.options.empty()) text += options_table(command.options);
  if (!command.settings.empty()) text += settings_table(command.settings);
  return text;
}

std::string kind_section(const Schema& schema) {
  std::string text = fmt::format("### {}\n\n{}\n\n", schema.kind, escaped(schema.doc));
  const std::string example = manifests::example_manifest(schema.kind);
  if (!example.empty()) text += "```yaml\n" + example + "```\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const FieldRow& row : field_rows(schema)) {
    rows.push_back({code(row.path), escaped(row.type), escaped(row.fallback), escaped(row.doc)});
  }
  return text + table({"field", "value", "when left out", "meaning"}, rows);
}

/// Links, named as GitHub and GitLab name headings: lower case, blanks as dashes.
std::string contents(const Registry& registry) {
  std::string kinds;
  for (const Schema* schema : kinds_to_document(registry)) {
    std::string anchor = schema->kind;
    std::transform(anchor.begin(), anchor.end(), anchor.begin(), [](unsigned char c) { return std::tolower(c); });
    kinds += fmt::format("{}[{}](#{})", kinds.empty() ? "" : ", ", schema->kind, anchor);
  }
  std::string names;
  for (const Group group : shown_groups) {
    for (const Command& command : commands()) {
      if (command.group != group) continue;
      names += fmt::format("{}[{}](#muster-{})", names.empty() ? "" : ", ", command.name, command.name);
    }
  }
  return "- [Manifests](#manifests): [secrets](#secrets), [labels](#labels)\n- [Kinds](#kinds-of-manifest): " + kinds +
         "\n- [Commands](#commands): " + names +
         "\n- [Exit codes](#exit-codes), [environment variables](#environment-variables), [files](#files)\n\n";
}

}  // namespace

std::vector<const Schema*> kinds_to_document(const Registry& registry) {
  std::vector<const Schema*> schemas{&manifests::fleet_schema()};
  for (const bool made : {true, false}) {
    for (const std::string& kind : registry.manifest_kinds()) {
      if ((registry.blueprint(kind) != nullptr) == made) schemas.push_back(registry.manifest_schema(kind));
    }
  }
  return schemas;
}

std::vector<FieldRow> field_rows(const Schema& schema) {
  std::vector<FieldRow> rows;
  add_rows(rows, schema.fields, "spec.");
  return rows;
}

std::string reference_text(const Registry& registry) {
  std::string text =
      "# muster: the reference\n\n"
      "Written by `muster docs reference`; `muster help COMMAND` and `muster schema KIND` show the same on the "
      "screen.\n\n" +
      contents(registry) + "## Manifests\n\n";
  text += reference_paragraphs(manifest_paragraphs()) + "```yaml\n" + manifest_frame() + "```\n\n";
  text += "### Secrets\n\n" + reference_paragraphs(secret_paragraphs());
  text += "### Labels\n\n" + reference_paragraphs(label_paragraphs());
  text += "## Kinds of manifest\n\n";
  for (const Schema* schema : kinds_to_document(registry)) text += kind_section(*schema);
  text += "## Commands\n\n";
  for (const Group group : shown_groups) {
    text += fmt::format("### {}\n\n", heading(group));
    for (const Command& command : commands()) text += command.group == group ? command_section(command) : "";
  }
  text += "### Options of every command\n\n" + options_table(common_options());
  text += "## Exit codes\n\n" + entries("code", exit_codes());
  text += "## Environment variables\n\n" + entries("variable", environment_variables());
  text += "## Files\n\n" + entries("file", files_used());
  text.pop_back();
  return text;
}

}  // namespace muster::cli
