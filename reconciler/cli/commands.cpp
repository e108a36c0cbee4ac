#include <limits>

#include "reconciler/cli/command.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/sandbox_settings.h"
#include "reconciler/cli/values.h"

namespace muster::cli {
namespace {

Option flag(std::string names, bool Options::*field, std::string doc) {
  return {std::move(names), "", std::move(doc),
          [field](Options& options, const std::string&) { options.*field = true; }};
}

Option yes_option() { return flag("-y,--yes", &Options::yes, "do not ask; needed where there is no terminal"); }

Option all_option(std::string doc) { return flag("-a,--all", &Options::all, std::move(doc)); }

Option plan_all_option() { return all_option("every name and every difference, however many there are"); }

Option allow_option() {
  return {"--allow", "N", "let a plan through that the guard refuses; N is the exact number it names",
          [](Options& options, const std::string& value) {
            options.allow = static_cast<int>(number_from(value, "--allow", {0, std::numeric_limits<int>::max()}));
          }};
}

Option rollback_option() { return flag("--rollback", &Options::rollback, "may undo what newer manifests made"); }

std::vector<Option> with_selection(std::vector<Option> options) {
  options.push_back({"--only", "PATTERN", "nothing but this, and what it needs or what stands on it (repeatable)",
                     [](Options& to, const std::string& value) { to.only.push_back(value); }});
  options.push_back({"--except", "PATTERN", "not this, and nothing it needs is taken away (repeatable)",
                     [](Options& to, const std::string& value) { to.except.push_back(value); }});
  return options;
}

std::string with_patterns(const std::string& help) {
  return help + (help.empty() ? "" : " ") +
         "PATTERN is a resource (openstack.server:my-event/*), a manifest (my-event), a host (abcde) or a label "
         "(label:team=blue); * stands for anything.";
}

Option out_option() {
  return {"-o,--out", "FILE", "write the plan to FILE, for muster apply FILE (digests only, no value)",
          [](Options& options, const std::string& value) { options.plan_file = value; }};
}

Option at_option() {
  return {"--at", "TIME", "show the plan of another time: 2026-11-20, 2026-11-20T10:00 (UTC), 3d (from now)",
          [](Options& options, const std::string& value) { options.at = value; }};
}

Option max_age_option(const std::string& normally) {
  return {"--max-age", "TIME",
          "use what was read up to TIME ago (90s, 5m, 2h; 0: read everything; normally " + normally + ")",
          [](Options& options, const std::string& value) {
            options.max_age = std::chrono::duration_cast<std::chrono::seconds>(duration_from(value, "--max-age"));
          }};
}

Option ignore_option() {
  return {"--ignore", "PATTERN",
          "a difference that is no drift: ID or ID#FIELD, * stands for any text: 'openstack.server:my-event/*', "
          "'ovh.rrset:*#ttl' (repeatable)",
          [](Options& options, const std::string& value) { options.ignore.push_back(value); }};
}

std::vector<Option> history_options() {
  return {
      {"--since", "TIME", "that long ago or later (90m, 2h, 3d), or since a date (2026-11-20, 2026-11-20T10:00, UTC)",
       [](Options& options, const std::string& value) { options.history.since = value; }},
      {"--failed", "", "only what did not end well",
       [](Options& options, const std::string&) { options.history.failed = true; }},
      {"--command", "NAME", "only runs of this command",
       [](Options& options, const std::string& value) { options.history.command = value; }},
      {"--limit", "N", "how many, newest first (20)",
       [](Options& options, const std::string& value) {
         options.history.limit = static_cast<std::size_t>(number_from(value, "--limit", {1, 1'000'000}));
       }},
  };
}

Option sandbox_time(const std::string& name, std::chrono::milliseconds sandbox::OpenStackOptions::*field,
                    std::string doc) {
  return {name, "TIME", std::move(doc), [name, field](Options& options, const std::string& value) {
            options.sandbox.openstack.*field = duration_from(value, name);
          }};
}

Option sandbox_number(const std::string& name, std::int64_t sandbox::OpenStackOptions::*field, std::string doc) {
  return {name, "N", std::move(doc), [name, field](Options& options, const std::string& value) {
            options.sandbox.openstack.*field = number_from(value, name);
          }};
}

std::vector<Option> sandbox_options() {
  using sandbox::OpenStackOptions;
  return {
      {"--latency", "TIME", "how long each call takes (20ms)",
       [](Options& options, const std::string& value) { options.sandbox.latency = duration_from(value, "--latency"); }},
      sandbox_time("--boot-time", &OpenStackOptions::boot_time, "from the creation of a server to ACTIVE (1s)"),
      sandbox_time("--delete-time", &OpenStackOptions::delete_time, "how long a deleted server stays visible (500ms)"),
      sandbox_number("--quota", &OpenStackOptions::quota_instances, "servers the project may have"),
      sandbox_number("--capacity", &OpenStackOptions::capacity_instances, "servers that fit; more go to ERROR"),
      {"--zone", "ZONE", "the DNS zone the account owns (example.com)",
       [](Options& options, const std::string& value) { options.sandbox.zone = value; }},
      {"--port", "N", "of the control endpoint; 0 picks a free one",
       [](Options& options, const std::string& value) {
         options.sandbox.control_port = static_cast<int>(number_from(value, "--port", {0, 65535}));
       }},
      {"--seed", "N", "of everything random in it",
       [](Options& options, const std::string& value) {
         options.sandbox.seed = static_cast<std::uint64_t>(number_from(value, "--seed"));
       }},
      {"--set", "NAME=VALUE", "one of the settings below (repeatable)", take_sandbox_setting},
  };
}

std::vector<Command> make_commands() {
  return {
      {Group::start, "init", "[DIRECTORY]", "write a commented starter repository", "", Words::paths, {}, run_init},
      {Group::start,
       "import",
       "install-party [CONFIG] | ipd URL",
       "turn another tool's configuration, or what runs on an IPD server, into manifests",
       "CONFIG is Install Party's, in either layout; without it $INSTALL_PARTY_CONFIG, else config.yaml. Writes a "
       "fleet, its connections and a workshop. URL is where an IPD server listens, with its API_ROOT; $IPD_TOKEN is "
       "a token of it. Writes a Deployment for each of its projects. Neither writes over what exists, and secrets are "
       "not copied: variables hold them.",
       Words::names,
       {{"-o,--output", "DIR", "write there, made as needed (the current directory)",
         [](Options& options, const std::string& value) { options.directory = value; }},
        {"--ca-file", "FILE", "PEM file of the CA that signed the IPD server's certificate",
         [](Options& options, const std::string& value) { options.ca_file = value; }}},
       run_import},
      {Group::start,
       "validate",
       "[PATH...]",
       "check manifests without asking any backend",
       "Every problem is shown at once, with file, line and column. No secret is read.",
       Words::paths,
       {},
       run_validate},
      {Group::change, "plan", "[PATH...]", "show what differs from the world and what apply would do",
       with_patterns("Exit code 0: nothing to do; 2: changes are pending."), Words::paths,
       with_selection(
           {allow_option(), rollback_option(), max_age_option("5m"), out_option(), plan_all_option(), at_option()}),
       run_plan},
      {Group::change, "apply", "[FILE] [PATH...]", "plan, ask, and carry it out",
       with_patterns(
           "Reads everything, shows the plan and asks. Interrupt it with Ctrl+C: running calls finish, the next "
           "run continues. With a FILE of muster plan -o it does exactly what stands there and asks nothing, "
           "or refuses (exit code 4) and names what has moved since."),
       Words::paths, with_selection({yes_option(), allow_option(), rollback_option(), plan_all_option()}), run_apply},
      {Group::change,
       "adopt",
       "[NAME...]",
       "take over hosts and records that another tool made",
       "Those that stand, by their exact names, where the manifests want one: stamps are added in place, nothing is "
       "made anew. NAME is a host (abcde), a manifest (my-event) or a resource; without one: all. What cannot be taken "
       "over is named with the reason.",
       Words::names,
       {yes_option(), all_option("every name, however many there are")},
       run_adopt},
      {Group::change,
       "reconcile",
       "[PATH...]",
       "one unattended pass, for cron and timers",
       "The same as apply --yes, and silent when there is nothing to do.",
       Words::paths,
       {allow_option(), rollback_option(), plan_all_option()},
       run_reconcile},
      {Group::change, "destroy", "[PATTERN...]", "remove everything muster made, or what is named",
       with_patterns("Without a PATTERN, all that this fleet made is removed; `destroy PATTERN` is `destroy --only "
                     "PATTERN`. On a terminal it asks for the fleet's name."),
       Words::names,
       with_selection({yes_option(), flag("-d,--dry-run", &Options::dry_run, "show what would be removed, and stop"),
                       rollback_option(), plan_all_option()}),
       run_destroy},
      {Group::look, "list", "[PATH...]", "the hosts that exist, deployments, and orphans", with_patterns(""),
       Words::paths,
       with_selection({flag("-H,--hide-orphans", &Options::hide_orphans, "no orphan tables"),
                       flag("--credentials", &Options::credentials, "print the login and its password for each host"),
                       max_age_option("0")}),
       run_list},
      {Group::look,
       "status",
       "[PATH...]",
       "how far each manifest is",
       "",
       Words::paths,
       {max_age_option("5m")},
       run_status},
      {Group::look,
       "drift",
       "[PATH...]",
       "what others changed since muster last wrote it",
       "Reads everything and changes nothing. What only the manifests ask for anew is no drift, but one line says that "
       "it is pending. Where the record of what muster wrote is lost, a difference counts as drift. "
       "Exit code 2: drift; 6: none seen, but something could not be read; 1: nothing could be read; 0: none.",
       Words::paths,
       {ignore_option(), plan_all_option()},
       run_drift},
      {Group::look,
       "orphans",
       "[PATH...]",
       "what is ours and no manifest wants, and what is not ours in our place",
       "Reads everything and changes nothing. --all also shows what is in the same projects and has no name of "
       "this fleet. Exit code 2: there are some; 6: none seen, but something could not be read; 1: nothing could be "
       "read; 0: none.",
       Words::paths,
       {all_option("what is in the same projects and has no name of this fleet as well")},
       run_orphans},
      {Group::look, "history", "[RUN | ID | HOST]",
       "what runs did: the newest, one of them, or all that was done to one thing",
       "RUN is a number from the first column; ID a resource (openstack.server:my-event/abcde); HOST a name (abcde). "
       "Reads the state database alone, also while a run goes on.",
       Words::names, history_options(), run_history},
      {Group::look,
       "render",
       "[NAME...]",
       "print everything that would be sent, secrets cut",
       "NAME is a resource (openstack.server:my-event/abcde), a host (abcde) or a manifest (my-event); without one: "
       "all.",
       Words::names,
       {},
       run_render},
      {Group::look,
       "explain",
       "NAME... | KIND[.FIELD]",
       "all about one resource, or what a field of a manifest means",
       "NAME is a resource (openstack.server:my-event/abcde), a host (abcde), a manifest (my-event), a backend id, a "
       "name in DNS or an address: "
       "every field with its place in the manifests, what is there, what differs and why, what apply would do and "
       "what was done last. KIND[.FIELD] (Workshop.hosts, openstack.server.image) needs no fleet.",
       Words::names,
       {max_age_option("5m"), all_option("all of each, however many are meant")},
       run_explain},
      {Group::look,
       "doctor",
       "[PATH...]",
       "check this installation, the connections and the database",
       "Everything is examined, even when something fails; nothing is changed anywhere. Exit code 0: no problem; 1: "
       "problems.",
       Words::paths,
       {},
       run_doctor},
      {Group::tools,
       "schema",
       "[KIND]",
       "the fields of manifests: a JSON Schema, or a table for one kind",
       "",
       Words::names,
       {},
       run_schema},
      {Group::tools, "sandbox", "up | exec -- COMMAND...", "a private cloud on this machine to try things on",
       "up runs until Ctrl+C and prints the variables to export. exec starts it, runs COMMAND with the variables set, "
       "stops it and returns COMMAND's exit code. COMMAND sees no other OS_* and OVH_* variable.",
       Words::rest, sandbox_options(), run_sandbox, sandbox_settings()},
      {Group::tools,
       "completion",
       "bash | zsh",
       "print the script that completes commands, names and ids",
       "For one shell: source <(muster completion bash). For good, write it to "
       "~/.local/share/bash-completion/completions/muster, or for zsh to a file called _muster in a directory of "
       "$fpath.",
       Words::names,
       {},
       run_completion,
       {},
       true},
      {Group::tools,
       "docs",
       "reference | man | manifests",
       "print the manual: one page of Markdown, or a man page",
       "man is muster(1), manifests is muster-manifests(5).",
       Words::names,
       {},
       run_docs,
       {},
       true},
      {Group::hidden,
       "complete",
       "-- WORD...",
       "what may come next on a command line, for completion scripts",
       "",
       Words::rest,
       {},
       run_complete},
      {Group::tools, "version", "", "print the version", "", Words::none, {}, run_version},
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table = make_commands();
  return table;
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> table = {
      {"-f,--file", "PATH", "a file or directory with manifests (repeatable; the current directory otherwise)",
       [](Options& options, const std::string& value) { options.paths.push_back(value); }},
      {"--state", "PATH", "the state database (MUSTER_STATE, else .muster/state.db beside the manifests)",
       [](Options& options, const std::string& value) { options.state = value; }},
      flag("--json", &Options::json, "records for machines, one a line"),
      flag("-v,--verbose", &Options::verbose,
           "say more: each request and its outcome on stderr, each event; all that --all shows"),
      flag("-h,--help", &Options::help, "this text"),
  };
  return table;
}

}  // namespace muster::cli
