#include "reconciler/cli/view_man.h"

#include <fmt/format.h>

#include <algorithm>

#include "manifests/example.h"
#include "reconciler/cli/command.h"
#include "reconciler/cli/help.h"
#include "reconciler/cli/manual.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_reference.h"
#include "reconciler/cli/view_schema.h"

namespace muster::cli {
namespace {

constexpr std::size_t line_width = 76;

/// Text that shall appear as it is. A line cannot begin with a dot or a quote: that is a request.
std::string plain(const std::string& text) {
  std::string result;
  char before = '\n';
  for (const char c : text) {
    if (before == '\n' && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '~')
      result += "\\(ti";
    else if (c == '^')
      result += "\\(ha";
    else if (c == '\'')
      result += "\\(aq";
    else
      result += c;
    before = c;
  }
  return result;
}

/// The same for prose: in lines of a fit length, with `code` in bold.
std::string roff(const std::string& text) {
  std::string result;
  bool code = false;
  for (const char c : plain(wrap(text, line_width, 0))) {
    if (c == '`') code = !code;
    result += c != '`' ? std::string(1, c) : code ? "\\fB" : "\\fR";
  }
  return result;
}

std::string verbatim(const std::string& text) { return ".RS 4\n.nf\n" + plain(text) + ".fi\n.RE\n"; }

std::string item(const std::string& name, const std::string& text) {
  return ".TP\n\\fB" + plain(name) + "\\fR\n" + roff(text) + "\n";
}

std::string entries(const std::vector<ManualEntry>& list) {
  std::string text;
  for (const ManualEntry& entry : list) text += item(entry.name, entry.doc);
  return text;
}

std::string paragraphs(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& paragraph : list) text += (text.empty() ? "" : ".PP\n") + roff(paragraph) + "\n";
  return text;
}

std::string options_text(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    std::string names;
    for (const std::string& name : names_of(option)) names += (names.empty() ? "" : ", ") + name;
    text += item(option.value_name.empty() ? names : names + " " + option.value_name, option.doc);
  }
  return text;
}

std::string command_text(const Command& command) {
  std::string text = fmt::format(".TP\n\\fBmuster {}\\fR", command.name);
  text += command.usage.empty() ? "\n" : " " + roff(command.usage) + "\n";
  text += roff(capitalised(command.summary) + ".") + "\n";
  if (!command.help.empty()) text += ".IP\n" + roff(command.help) + "\n";
  if (!command.options.empty()) text += ".RS\n" + options_text(command.options) + ".RE\n";
  if (!command.settings.empty()) {
    text += ".RS\n.PP\nSettings for \\fB\\-\\-set\\fR:\n";
    for (const Option& one : command.settings) text += item(one.names + "=" + one.value_name, one.doc);
    text += ".RE\n";
  }
  return text;
}

std::string title(const std::string& upper, const std::string& name, int section, const std::string& summary) {
  // Long addresses cannot be stretched to the margin. groff 1.23 sets each paragraph as the string AD says.
  return fmt::format(
      ".\\\" Written by `muster docs`.\n.ds AD l\n.TH {} {} \"\" \"muster {}\" \"muster manual\"\n.ad l\n.SH NAME\n{} "
      "\\- {}\n",
      plain(upper), section, MUSTER_VERSION, plain(name), roff(summary));
}

}  // namespace

std::string commands_man_page() {
  std::string text = title("MUSTER", "muster", 1, "make workshop hosts exist as manifests say");
  text += ".SH SYNOPSIS\n.B muster\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIPATH\\fR...]\n";
  text += ".SH DESCRIPTION\n" +
          roff(
              "An organiser keeps a repository of YAML manifests, described in `muster-manifests`(5). `muster plan` "
              "shows what differs from the world, `muster apply` changes the world, `muster reconcile` does both "
              "unattended. Paths are files and directories with manifests; without one the current directory is read. "
              "Standard output is data, standard error is for people.") +
          "\n";
  text += ".SH COMMANDS\n";
  for (const Group group : shown_groups) {
    text += fmt::format(".SS {}\n", heading(group));
    for (const Command& command : commands()) text += command.group == group ? command_text(command) : "";
  }
  text += ".SH OPTIONS\nThese are common to all commands.\n" + options_text(common_options());
  text += ".SH EXIT STATUS\n" + entries(exit_codes());
  text += ".SH ENVIRONMENT\n" + entries(environment_variables());
  text += ".SH FILES\n" + entries(files_used());
  text += ".SH EXAMPLES\nA repository to begin with, tried out on a private cloud on this machine:\n.PP\n" +
          verbatim(
              "muster init my-events && cd my-events\nexport WORKSHOP_PASSWORD=not-a-real-password\n"
              "muster sandbox exec -- sh -c 'muster apply --yes && muster list'\n");
  return text + ".SH SEE ALSO\n.BR muster\\-manifests (5)\n";
}

std::string manifests_man_page(const Registry& registry) {
  std::string text = title("MUSTER-MANIFESTS", "muster-manifests", 5, "what shall exist, for muster to make so");
  text += ".SH DESCRIPTION\n" + roff(manifest_paragraphs().front()) + "\n";
  text += ".PP\n" + verbatim(manifest_frame());
  text += ".PP\n" + paragraphs({manifest_paragraphs().begin() + 1, manifest_paragraphs().end()});
  for (const Schema* schema : kinds_to_document(registry)) {
    text += fmt::format(".SH KIND {}\n{}\n", schema->kind, roff(schema->doc));
    if (const std::string example = manifests::example_manifest(schema->kind); !example.empty()) {
      text += ".SS Example\n" + verbatim(example);
    }
    text += ".SS Fields\n";
    for (const FieldRow& row : field_rows(*schema)) {
      const std::string type = row.fallback.empty() ? row.type : row.type + "; " + row.fallback;
      text += item(row.path, capitalised(type) + ".") + (row.doc.empty() ? "" : ".br\n" + roff(row.doc) + "\n");
    }
  }
  text += ".SH SECRETS\n" + paragraphs(secret_paragraphs());
  text += ".SH LABELS\n" + paragraphs(label_paragraphs());
  return text + ".SH SEE ALSO\n.BR muster (1)\n";
}

}  // namespace muster::cli
