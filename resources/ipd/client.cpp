#include "resources/ipd/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "resources/contract/content.h"
#include "resources/contract/error.h"
#include "resources/net/one_line.h"
#include "resources/net/retries.h"
#include "resources/net/trace.h"

namespace muster::ipd_driver {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// An upload may take as long as it moves. At its end the server reads again what it keeps, to be sure of it, and says
/// nothing meanwhile.
constexpr milliseconds longest_upload = 24h;
constexpr std::chrono::seconds longest_stall = 300s;
constexpr milliseconds shown_every = 500ms;
constexpr std::size_t longest_reason = 300;

net::HttpOptions options(const Login& login) {
  net::HttpOptions options;
  options.user_agent = "muster/" MUSTER_VERSION;
  options.ca_file = login.ca_file;
  return options;
}

bool is_plain_word(std::string_view body) { return !body.empty() && body.size() <= 64 && body.find('<') == body.npos; }

std::string reason_in(const net::HttpAnswer& answer) {
  std::string_view reason = answer.header("Ipd-Reason");
  if (reason.empty() && is_plain_word(answer.body)) reason = answer.body;
  return net::one_line(reason, longest_reason);
}

std::string hint_for(int status) {
  switch (status) {
    case 401:
      return "check the IpdServer's token: it is sent as it is, without Basic or Bearer";
    case 403:
      return "the token's user may not do this there: ask whoever runs the server for the role or the project";
    case 404:
    case 405:
      return "check the url of the IpdServer: it ends in the server's API_ROOT, /deploy by default";
    case 413:
      return "raise MAX_UPLOAD_SIZE on the server, or client_max_body_size of the proxy before it";
    case 507:
      return "make room on the server";
    default:
      return {};
  }
}

bool mentions(std::string_view list, std::string_view word) { return list.find(word) != std::string_view::npos; }

net::FormPart text_part(std::string name, std::string text) { return {std::move(name), std::move(text), {}, {}, {}}; }

net::FormPart file_part(std::string name, const Part& part) {
  net::FormPart made{std::move(name), {}, {}, part.sent_as, {}};
  if (part.is_directory) {
    made.text = pack_directory(part.path);
    if (digest_bytes(made.text) != part.sha256)
      throw Error(Fault::conflict, fmt::format("{} was changed since it was read", part.path), "apply again");
  } else {
    made.file = part.path;
    made.sha256 = part.sha256;
  }
  return made;
}

/// Tells how far an upload is, now and then.
class UploadWatch {
 public:
  explicit UploadWatch(Context& context) : context_(context), began_(context.clock.steady_now()) {}
  ~UploadWatch() {
    if (is_shown_) context_.progress.progress(about(), "");
  }
  UploadWatch(const UploadWatch&) = delete;
  UploadWatch& operator=(const UploadWatch&) = delete;

  void tell(std::int64_t sent, std::int64_t all) {
    const auto spent = std::chrono::duration_cast<milliseconds>(context_.clock.steady_now() - began_);
    if (all == 0 || spent < next_) return;
    next_ = spent + shown_every;
    is_shown_ = true;
    context_.progress.progress(about(), upload_progress(sent, all, spent));
  }

 private:
  ResourceId about() const { return context_.about == nullptr ? ResourceId{} : *context_.about; }

  Context& context_;
  const std::chrono::steady_clock::time_point began_;
  milliseconds next_ = shown_every;
  bool is_shown_ = false;
};

}  // namespace

std::string upload_progress(std::int64_t sent, std::int64_t all, milliseconds spent) {
  constexpr double mega = 1e6;
  const double seconds = static_cast<double>(spent.count()) / 1000;
  const double rate = seconds > 0 ? static_cast<double>(sent) / seconds : 0;
  const std::string left = rate > 0 ? fmt::format(", {:.0f} s left", static_cast<double>(all - sent) / rate) : "";
  const double percent = all > 0 ? 100 * static_cast<double>(sent) / static_cast<double>(all) : 0;
  return fmt::format("{:.0f} % of {:.1f} MB sent{}, {:.1f} MB/s", percent, static_cast<double>(all) / mega, left,
                     rate / mega);
}

Client::Client(std::string name, Login login, Limits limits, net::Network* network)
    : name_(std::move(name)),
      login_(std::move(login)),
      limits_(limits),
      http_(options(login_), network),
      throttle_(limits.concurrency, limits.requests_per_second) {}

bool Client::is_extended() const {
  const std::lock_guard lock(mutex_);
  return is_extended_;
}

Error Client::refusal(const net::HttpRequest& request, const net::HttpAnswer& answer, Context& context) const {
  Fault fault = net::fault_of_status(request.idempotent.value_or(request.method == net::Method::get), answer.status);
  const bool is_full = answer.status == 507;
  if (is_full) fault = Fault::permanent;
  if (answer.status == 503) fault = Fault::transient;  // it refuses uploads while it ends
  const std::string reason = reason_in(answer);
  Error error(fault,
              fmt::format("IPD server {}: {} {}: HTTP {}{}{}", name_, net::to_string(request.method),
                          request.url.substr(std::min(login_.url.size(), request.url.size())), answer.status,
                          reason.empty() ? "" : ": ", reason),
              hint_for(answer.status));
  if (const auto after = answer.retry_after()) error.with_retry_after(*after);
  if (net::is_refused_for_now(answer)) error.with_retry_after(throttle_.pause_left(context.clock));
  return error;
}

net::HttpAnswer Client::send(net::HttpRequest request, Context& context) {
  request.headers.emplace_back("Authorization", login_.token);
  context.calls.add(fmt::format("ipd {}", net::to_string(request.method)));
  net::Throttle::Turn turn(throttle_, context);
  net::HttpAnswer answer = net::send_traced(http_, request, context);
  turn.answered(answer, context);
  if (!answer.header("Ipd-Features").empty()) {
    const std::lock_guard lock(mutex_);
    is_extended_ = true;
  }
  return answer;
}

net::HttpAnswer Client::get(const std::string& path, const std::vector<int>& accepted, Context& context) {
  return net::with_retries(context, [&] {
    net::HttpRequest request;
    request.url = login_.url + path;
    net::HttpAnswer answer = send(request, context);
    const bool is_accepted = std::find(accepted.begin(), accepted.end(), answer.status) != accepted.end();
    if (answer.status != 200 && !is_accepted) throw refusal(request, answer, context);
    return answer;
  });
}

std::optional<std::map<std::string, Project>> Client::all(Context& context) {
  const net::HttpAnswer answer = get("/projects", {404}, context);
  if (answer.status == 404) return std::nullopt;
  return projects_in(answer.body);
}

std::optional<std::vector<std::string>> Client::projects(Context& context) {
  const net::HttpAnswer answer = get("/list", {403}, context);
  if (answer.status == 403) return std::nullopt;
  std::vector<std::string> names;
  for (std::string_view rest = answer.body; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) names.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

std::optional<Project> Client::project(const std::string& name, Context& context) {
  return project_in(get("/info/" + net::percent_encode(name), {}, context).body);
}

std::string Client::status(const std::string& project, const std::string& id, Context& context) {
  return get(fmt::format("/status/{}/{}", net::percent_encode(project), net::percent_encode(id)), {}, context).body;
}

std::string Client::output(const std::string& project, const std::string& id, Context& context) {
  if (!is_extended()) return {};
  const std::string path = fmt::format("/output/{}/{}", net::percent_encode(project), net::percent_encode(id));
  const net::HttpAnswer answer = get(path, {403, 404}, context);
  return answer.status == 200 ? answer.body : std::string();
}

std::vector<Deployed> Client::history(const std::string& project, Context& context) {
  if (!is_extended()) return {};
  return history_in(get("/history/" + net::percent_encode(project), {}, context).body);
}

net::HttpAnswer Client::send_form(const Upload& upload, Sent sent, Context& context) {
  net::HttpRequest request;
  request.method = net::Method::post;
  request.url = login_.url + "/upload";
  request.idempotent = false;
  request.timeout = longest_upload;
  request.stall_limit = longest_stall;
  if (!upload.key.empty()) request.headers.emplace_back("Idempotency-Key", upload.key);
  request.form.push_back(text_part("project", upload.project));
  if (!upload.version.empty()) request.form.push_back(text_part("version", upload.version));
  if (!upload.exit_codes.empty()) request.form.push_back(text_part("exit_codes", upload.exit_codes));
  if (!upload.owner.empty()) request.form.push_back(text_part("owner", upload.owner));
  if (sent.package) {
    request.form.push_back(file_part("package", upload.package));
  } else {
    request.form.push_back(text_part("package_sha256", upload.package.sha256));
  }
  if (sent.image) {
    request.form.push_back(file_part("image", upload.image));
  } else {
    request.form.push_back(text_part("image_name", upload.image.sent_as));
    request.form.push_back(text_part("image_sha256", upload.image.sha256));
  }
  UploadWatch watch(context);
  request.form_progress = [&watch](std::int64_t done, std::int64_t all) { watch.tell(done, all); };
  net::HttpAnswer answer = send(request, context);
  constexpr int missing = 409;
  if (answer.status == 200 || (answer.status == missing && !answer.header("Ipd-Missing").empty())) return answer;
  throw refusal(request, answer, context);
}

std::string Client::upload(const Upload& upload, Context& context) {
  Sent sent;
  if (is_extended()) {
    const net::HttpAnswer answer = send_form(upload, {false, false}, context);
    if (answer.status == 200) return answer.body;
    const std::string_view missing = answer.header("Ipd-Missing");
    sent = {mentions(missing, "image"), mentions(missing, "package")};
  }
  const net::HttpAnswer answer = send_form(upload, sent, context);
  if (answer.status == 200) return answer.body;
  throw Error(Fault::transient,
              fmt::format("IPD server {}: what it had a moment ago is gone: {}", name_, answer.header("Ipd-Missing")));
}

std::string Client::upload_kept(const Upload& upload, Context& context) {
  const net::HttpAnswer answer = send_form(upload, {false, false}, context);
  if (answer.status == 200) return answer.body;
  throw Error(Fault::conflict,
              fmt::format("IPD server {}: the {} of what ran before is not kept there any more", name_,
                          answer.header("Ipd-Missing")),
              "raise KEPT_DEPLOYMENTS on the server; deploy what ran before from its own files");
}

void Client::set_owner(const std::string& project, const std::string& owner, Context& context) {
  net::HttpRequest request;
  request.method = net::Method::post;
  request.url = login_.url + "/owner/" + net::percent_encode(project);
  request.idempotent = true;  // the same words again change nothing
  request.form.push_back(text_part("owner", owner));
  const net::HttpAnswer answer = send(request, context);
  if (answer.status != 200) throw refusal(request, answer, context);
}

}  // namespace muster::ipd_driver
