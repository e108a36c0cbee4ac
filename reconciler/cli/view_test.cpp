#include <algorithm>
#include <regex>
#include <sstream>

#include "reconciler/cli/system.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/view_progress.h"
#include "reconciler/cli/view_report.h"
#include "tests/support/catch.h"
#include "tests/support/surroundings.h"

using namespace muster;
using namespace muster::cli;
using apply::StepState;
using muster::test::Variables;

namespace {

class FixedClock : public SystemClock {
 public:
  Time now() const override { return Time(std::chrono::hours(24 + 12)); }
};

/// A screen of the given width that remembers every byte.
struct Screen {
  explicit Screen(std::map<std::string, std::string> variables, int columns = 60)
      : environment(std::move(variables)),
        shell{in,          out,    err,    {true, true, true, [columns] { return columns; }, [] { return 10; }},
              environment, clock,  random, {},
              "",          nullptr} {}

  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Variables environment;
  SystemClock clock;
  SystemRandom random;
  Redactor redactor;
  Shell shell;
};

plan::Step step(Verb verb, const std::string& kind, const std::string& name) {
  plan::Step result;
  result.verb = verb;
  result.id = {kind, name};
  result.group = "Workshop/my-event";
  return result;
}

plan::Plan servers(int number) {
  plan::Plan plan;
  for (int i = 0; i < number; ++i) {
    plan.steps.push_back(step(Verb::create, "openstack.server", "my-event/host" + std::to_string(i)));
  }
  return plan;
}

std::chrono::seconds two_minutes(std::string_view) { return std::chrono::seconds(120); }

/// 1970-01-02 at this time of day.
Time at(int hours, int minutes, int seconds) {
  return Time(std::chrono::hours(24 + hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds));
}

std::string text_of(const plan::Plan& plan, bool all = false) {
  apply::Prepared prepared;
  prepared.plan = plan;
  return plan_text({prepared, "party", Time{}, {}, {}, all}, Painter(false), 100);
}

}  // namespace

TEST_CASE("equal differences of several resources are one line with their cause") {
  plan::Plan plan;
  for (const char* name : {"a", "b", "c"}) {
    plan::Step change = step(Verb::update, "ovh.rrset", std::string("example.com/") + name + ".my-event/A");
    change.origin = {"event.yaml", 7, 5, "Workshop/my-event"};
    change.changes.push_back({"ttl", 60, 300, plan::Cause::manifest});
    if (name[0] == 'c') change.changes.push_back({"targets", List{"192.0.2.1"}, List{"192.0.2.7"}, plan::Cause::drift});
    plan.steps.push_back(change);
  }
  const std::string text = text_of(plan);
  CHECK(text.find("~ update   3 records") != std::string::npos);
  CHECK(text.find("        ttl: 60 -> 300 (the manifest changed, event.yaml:7:5)\n        targets") !=
        std::string::npos);
  CHECK(text.find("targets: 192.0.2.1 -> 192.0.2.7 (changed behind muster's back)\n          on A c.my-event\n") !=
        std::string::npos);
}

TEST_CASE("sensitive and create-time differences are named and never shown") {
  plan::Plan plan;
  plan::Step change = step(Verb::replace, "openstack.server", "my-event/a");
  plan::Change secret{"user_data", "abcdef012345", "543210fedcba", plan::Cause::manifest};
  secret.create_time = true;
  change.changes.push_back(secret);
  plan.steps.push_back(change);
  const std::string text = text_of(plan);
  CHECK(text.find("user_data: changed") != std::string::npos);
  CHECK(text.find("543210fedcba") == std::string::npos);
}

TEST_CASE("with --all every name is told, however many there are; without it a line says that some are not") {
  plan::Plan plan = servers(12'000);
  plan.unknown.push_back({{"ovh.rrset", "example.com/x.my-event/A"}, "Workshop/my-event", "not read", std::nullopt});
  const std::string all = text_of(plan, true);
  CHECK(all.find(" more") == std::string::npos);
  CHECK(all.find("host11999") != std::string::npos);
  CHECK(all.find("          ovh.rrset:example.com/x.my-event/A\n") != std::string::npos);
  CHECK(all.find("shortened") == std::string::npos);
  const std::string few = text_of(plan);
  CHECK(few.find(" more\n") != std::string::npos);
  CHECK(few.find("\nshortened: --all shows every name") != std::string::npos);
  plan.steps.resize(1);
  CHECK(text_of(plan).find("\nshortened: --all shows every name") != std::string::npos);
  plan.unknown.clear();
  CHECK(text_of(plan).find("shortened") == std::string::npos);
}

TEST_CASE("a refused plan says the exact number that lets it through") {
  plan::Plan plan = servers(1);
  plan.guard.trips.push_back({"openstack.server", 12, 6, 30});
  plan.guard.dangerous = 12;
  const std::string text = text_of(plan);
  CHECK(text.find("12 of 30 servers") != std::string::npos);
  CHECK(text.find("--allow 12") != std::string::npos);
}

TEST_CASE("what is unknown because of another unknown is told once, whatever its number") {
  plan::Plan plan;
  for (int i = 0; i < 30; ++i) {
    const std::string host = "my-event/host" + std::to_string(i);
    const ResourceId server{"openstack.server", host};
    plan.unknown.push_back({server, "Workshop/my-event", "the cloud does not answer", std::nullopt});
    plan.unknown.push_back({{"guest.check", host + "/ssh"},
                            "Workshop/my-event",
                            "it needs " + server.to_string() + ", which is unknown",
                            server});
  }
  const std::string text = text_of(plan);
  CHECK(text.find("  30 servers\n        the cloud does not answer\n  30 checks\n        they need what is unknown or "
                  "has a problem\n") != std::string::npos);
}

TEST_CASE("a replacement in two halves counts once, and flushes are not counted") {
  plan::Plan plan;
  plan.steps.push_back(step(Verb::replace, "openstack.server", "my-event/a"));
  plan.steps.back().half = plan::Half::create_new;
  plan.steps.push_back(step(Verb::replace, "openstack.server", "my-event/a"));
  plan.steps.back().half = plan::Half::remove_old;
  plan.steps.push_back(step(Verb::flush, "ovh.zone", "example.com"));
  CHECK(change_count(plan) == 1);
  CHECK(changes_text(plan) == "1 to replace");
}

TEST_CASE("live lines are no wider than the terminal and are redrawn in place") {
  Screen screen({{"TERM", "xterm"}}, 60);
  const plan::Plan plan = servers(3);
  const ProgressNotes notes;
  {
    Console console(screen.shell, screen.redactor);
    ProgressView view(console, screen.clock, notes, two_minutes, {}, ProgressStyle::live, false);
    view.step_changed(plan, 0, StepState::waiting, "BUILD, and the cloud has a very long story to tell about it");
    view.tick(plan, {StepState::waiting, StepState::running, StepState::blocked});
    view.tick(plan, {StepState::done, StepState::done, StepState::failed});
  }
  std::istringstream lines(screen.err.str());
  const std::regex own_sequences("\x1b\\[[0-9]*[A-Za-z]|\r");
  for (std::string text; std::getline(lines, text);)
    CHECK(display_width(std::regex_replace(text, own_sequences, "")) <= 60);
  const std::string all = screen.err.str();
  CHECK(std::count(all.begin(), all.end(), '\n') == 4);
  CHECK(screen.err.str().find("\x1b[2A\r\x1b[J") != std::string::npos);
  CHECK(screen.err.str().find("2/3") != std::string::npos);
}

TEST_CASE("a dumb terminal gets lines, and NO_COLOR gets no colour") {
  Screen dumb({{"TERM", "dumb"}}, 60);
  CHECK_FALSE(Console(dumb.shell, dumb.redactor).can_redraw());
  Screen plain({{"TERM", "xterm"}, {"NO_COLOR", "1"}}, 60);
  const Console console(plain.shell, plain.redactor);
  CHECK(console.can_redraw());
  CHECK(console.out_paint()(Colour::red, "x") == "x");
}

TEST_CASE("no secret reaches a screen") {
  Screen screen({}, 60);
  screen.redactor.add("not-a-real-password");
  Console console(screen.shell, screen.redactor);
  console.out("the password is not-a-real-password\n");
  console.err("bm90LWEtcmVhbC1wYXNzd29yZA==\n");
  CHECK(screen.out.str() == "the password is [secret]\n");
  CHECK(screen.err.str().starts_with("[secret]"));
  CHECK(screen.err.str().find("bm90") == std::string::npos);
}

TEST_CASE("equal failures are told once, with the server's words and what did not start because of them") {
  plan::Plan plan = servers(3);
  plan.steps.push_back(step(Verb::create, "ovh.rrset", "example.com/host0.my-event/A"));
  apply::Report report;
  for (int i = 0; i < 2; ++i) {
    report.results.push_back(
        {StepState::failed, Error(Fault::permanent, "No valid host was found.", "ask for another flavor"), {}, 0});
  }
  report.results.push_back({StepState::done, {}, {}, 0});
  report.results.push_back({StepState::skipped, {}, {}, 0});
  CHECK(report_text({plan, report, {}, std::chrono::seconds(4)}, Painter(false), 100) ==
        "\nfailed to create 2 servers: host0, host1\n"
        "    No valid host was found.\n"
        "    hint: ask for another flavor\n"
        "    not started because of it: 1 record\n"
        "\n1 of 4 changes done, 2 failed, 1 not started because of that, in 4 s\n"
        "The next run tries again what is missing; what is done stays done.\n");
}

TEST_CASE("a difference that named hosts share is one line, with the first place in the manifest") {
  plan::Plan plan;
  for (int i = 5; i > 0; --i) {
    plan::Held held;
    held.id = {"openstack.server", "my-event/host" + std::to_string(i)};
    held.group = "Workshop/my-event";
    held.reason = "only a new one can have it, and its replace policy is hold";
    held.origin = {"event.yaml", 10 + i, 7, "Workshop/my-event"};
    held.changes.push_back({"image", "Debian 11", "Debian 12", plan::Cause::manifest});
    plan.held.push_back(held);
  }
  const std::string text = text_of(plan);
  const std::string line = "        image: Debian 11 -> Debian 12 (the manifest changed, event.yaml:11:7)\n";
  CHECK(text.find(line) != std::string::npos);
  CHECK(text.find("image", text.find(line) + line.size()) == std::string::npos);
}

TEST_CASE("a plan that begins with looking up says until when") {
  plan::Plan plan = servers(2);
  for (plan::Step& step : plan.steps) {
    step.start = plan::Start::look_up;
    step.reason = "an earlier create got no clear answer and may still appear";
    step.quiet_until = at(12, 1, step.id.name.ends_with('1') ? 7 : 3);
  }
  CHECK(
      text_of(plan).find("? look up  2 servers          host0, host1\n"
                         "        an earlier create got no clear answer and may still appear, until 12:01:07 UTC\n") !=
      std::string::npos);
}

TEST_CASE("what is looked up says why and until when, on the screen, in lines and in the report") {
  plan::Plan plan = servers(2);
  plan.steps[0].start = plan::Start::look_up;
  plan.steps[0].quiet_until = at(12, 1, 5);
  FixedClock clock;
  const ProgressNotes notes;

  Screen lines({}, 160);
  Console line_console(lines.shell, lines.redactor);
  ProgressView in_lines(line_console, clock, notes, two_minutes, {}, ProgressStyle::lines, false);
  in_lines.step_changed(plan, 0, StepState::looking_up, "it may come");
  in_lines.step_changed(plan, 1, StepState::running, "");
  in_lines.step_changed(plan, 1, StepState::looking_up, "no clear answer, looking it up: connection reset");
  CHECK(
      lines.err.str().find("host0: an earlier create got no clear answer; it may still appear until 12:01:05 UTC\n") !=
      std::string::npos);
  CHECK(lines.err.str().find("connection reset; it may still appear until 12:02:00 UTC\n") != std::string::npos);

  Screen screen({{"TERM", "xterm"}, {"NO_COLOR", "1"}}, 80);
  {
    Console console(screen.shell, screen.redactor);
    ProgressView live(console, clock, notes, two_minutes, {}, ProgressStyle::live, false);
    live.step_changed(plan, 0, StepState::looking_up, "");
    live.tick(plan, {StepState::looking_up, StepState::blocked});
  }
  CHECK(screen.err.str().find("server host0: no clear answer to create; may still appear until 12:01:05 UTC\n") !=
        std::string::npos);

  in_lines.step_changed(plan, 0, StepState::left, "left to the next run");
  in_lines.step_changed(plan, 1, StepState::done, "");
  apply::Report report;
  report.interrupted = true;
  report.results = {{StepState::left, {}, {}, 0}, {StepState::done, {}, {}, 0}};
  CHECK(report_text({plan, report, in_lines.left_because(), std::chrono::seconds(4)}, Painter(false), 100) ==
        "\nleft to the next run: 1 server: host0\n"
        "    an earlier create got no clear answer; it may still appear until 12:01:05 UTC\n"
        "\nInterrupted. Nothing is lost: run it again to go on.\n"
        "1 of 2 changes done, 1 left to the next run, in 4 s\n");
}

TEST_CASE("an interrupted wait says once that it is left") {
  Screen screen({{"TERM", "dumb"}, {"NO_COLOR", "1"}});
  Console console(screen.shell, screen.redactor);
  const ProgressNotes notes;
  ProgressView lines(console, screen.clock, notes, two_minutes, {}, ProgressStyle::lines, false);
  const plan::Plan plan = servers(1);
  lines.step_changed(plan, 0, StepState::left, "interrupted before it had ended");
  apply::Report report;
  report.interrupted = true;
  report.results = {{StepState::left, {}, {}, 0}};
  CHECK(report_text({plan, report, lines.left_because(), std::chrono::seconds(4)}, Painter(false), 100) ==
        "\nleft to the next run: 1 server: host0\n"
        "    interrupted before it had ended\n"
        "\nInterrupted. Nothing is lost: run it again to go on.\n"
        "0 of 1 change done, 1 left to the next run, in 4 s\n");
}

TEST_CASE("the first line of a plan tells what is held, and problems before what is not known") {
  plan::Plan plan;
  plan.unchanged = 30;
  CHECK(text_of(plan).starts_with("Fleet 'party': no changes; 30 resources are as they should be\n"));
  plan.held.push_back({{"openstack.server", "my-event/a"}, "Workshop/my-event", "its policy is hold", {}, {}});
  CHECK(text_of(plan).starts_with("Fleet 'party': no changes; 30 resources are as they should be, 1 is held\n"));
  plan.unchanged = 0;
  plan.held.clear();
  plan.unknown.push_back({{"ovh.rrset", "example.com/a.my-event/A"}, "Workshop/my-event", "it needs a", {}});
  CHECK(text_of(plan).starts_with("Fleet 'party': nothing can be said, it could not be read\n"));
  plan.problems.push_back({Severity::error, {}, "it is not ours", ""});
  CHECK(text_of(plan).starts_with("Fleet 'party': no changes, but 1 problem\n"));
}

TEST_CASE("after the first Ctrl+C the screen says what a second one does") {
  Screen screen({{"TERM", "xterm"}, {"NO_COLOR", "1"}}, 100);
  Console console(screen.shell, screen.redactor);
  std::stop_source stop;
  const ProgressNotes notes;
  ProgressView live(console, screen.clock, notes, two_minutes, stop.get_token(), ProgressStyle::live, false);
  stop.request_stop();
  live.tick(servers(1), {StepState::running});
  CHECK(screen.err.str().find("Ctrl+C again ends at once") != std::string::npos);
}
