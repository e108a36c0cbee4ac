#include "tests/fuzz/scripted_server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "resources/contract/error.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

constexpr std::size_t most_requests = 2'000;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

net::HttpAnswer answer_from(std::string_view text) {
  net::HttpAnswer answer;
  const std::string_view status = take_line(text);
  const auto [end, fault] = std::from_chars(status.data(), status.data() + status.size(), answer.status);
  // libcurl hands on three digits and nothing else.
  if (fault != std::errc{} || answer.status < 100 || answer.status > 999) answer.status = 200;
  while (text.starts_with("> ")) {
    const std::string_view line = take_line(text).substr(2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  answer.body = text;
  return answer;
}

}  // namespace

std::vector<net::HttpAnswer> answers_from(std::string_view input) {
  constexpr std::string_view border = "\n==== ";
  std::vector<net::HttpAnswer> answers;
  while (true) {
    const std::size_t end = input.find(border);
    answers.push_back(answer_from(input.substr(0, end)));
    if (end == std::string_view::npos) return answers;
    input.remove_prefix(end + border.size());
  }
}

ScriptedServer::ScriptedServer(std::string_view input) : answers_(answers_from(input)) {}

std::variant<net::HttpAnswer, net::Unanswered> ScriptedServer::send(const net::HttpRequest& request,
                                                                    const std::stop_token&) {
  require(++asked_ <= most_requests, "a client ends its requests");
  if (fixed) {
    if (auto answer = fixed(request)) return *std::move(answer);
  }
  if (next_ == answers_.size()) return net::Unanswered{net::Progress::not_sent, "connection refused"};
  return answers_[next_++];
}

std::variant<std::string, net::Unanswered> ScriptedServer::greeting(const std::string&, int, const std::stop_token&) {
  return net::Unanswered{net::Progress::not_sent, "connection refused"};
}

void allow_errors(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    require(!error.message().empty(), "an error says something");
  }
}

}  // namespace muster::fuzz
