#include "resources/workshop/boot.h"

#include "resources/workshop/fixture_for_test.h"
#include "tests/support/catch.h"

namespace muster::workshop {
namespace {

BootSettings sample_settings() {
  BootSettings settings;
  settings.user = "party";
  settings.password = sample_password();
  settings.element = {"https://example.org/element.tar.gz", std::string(64, 'a')};
  settings.caddy = {"https://example.org/caddy.tar.gz", std::string(64, 'b')};
  return settings;
}

const std::string name = "abcde.my-event.example.com";

Value body_of(const BootSettings& settings) {
  const Value data = BootWriter(settings).user_data("my-event/abcde", "abcde", name);
  const auto& document = std::get<Document>(data.as_hole());
  CHECK(document.header == "#cloud-config\n");
  CHECK(document.format == DocumentFormat::yaml);
  return document.body;
}

Value file_of(const BootSettings& settings, const std::string& path) {
  const Value body = body_of(settings);
  for (const Value& file : body.at("write_files").as_list()) {
    if (file.string_at("path") == path) return file.at("content");
  }
  return {};
}

std::string text_of(const Value& content) { return std::get<Text>(content.as_hole()).parts.at(0).as_string(); }

// IP-7
TEST_CASE("attendees log in by password: a user with sudo, a hash, and sshd told so") {
  const Value body = body_of(sample_settings());
  const Value& user = body.at("users").as_list().at(1);
  CHECK(body.at("users").as_list().at(0) == Value("default"));
  CHECK(user.string_at("name") == "party");
  CHECK(user.at("lock_passwd") == Value(false));
  CHECK(user.at("sudo") == Value("ALL=(ALL) NOPASSWD:ALL"));
  CHECK(body.at("ssh_pwauth") == Value(true));
  CHECK(text_of(file_of(sample_settings(), "/etc/ssh/sshd_config.d/00-muster.conf")) == "PasswordAuthentication yes\n");

  for (const Secret& secret : secrets_in(body)) CHECK(secret.form == SecretForm::password_hash);
  CHECK(secrets_in(body).size() == 2);
  CHECK(body.at("chpasswd.users").as_list().at(0).at("password") == user.at("passwd"));
}

TEST_CASE("one password for all has no label, one per host is labelled with the host") {
  CHECK(secrets_in(body_of(sample_settings())).at(0).label.empty());
  BootSettings settings = sample_settings();
  settings.per_host_password = true;
  CHECK(secrets_in(body_of(settings)).at(0).label == "my-event/abcde");
}

TEST_CASE("without a login nothing is said of users or passwords") {
  BootSettings settings = sample_settings();
  settings.user.clear();
  const Value body = body_of(settings);
  CHECK(body.at("users").is_null());
  CHECK(body.at("chpasswd").is_null());
  CHECK(body.at("ssh_pwauth").is_null());
  CHECK(file_of(settings, "/etc/ssh/sshd_config.d/00-muster.conf").is_null());
}

// IP-8
TEST_CASE("Element talks to the homeserver that the attendee will install on this host") {
  const Value config = file_of(sample_settings(), "/etc/muster/element-config.json");
  const auto& document = std::get<Document>(config.as_hole());
  CHECK(document.format == DocumentFormat::json);
  CHECK(to_canonical_json(document.body) ==
        R"({"default_server_config":{"m.homeserver":{"base_url":"https://abcde.my-event.example.com:8448",)"
        R"("server_name":"abcde.my-event.example.com"}}})");
}

// IP-9, IP-20
TEST_CASE("Caddy serves Element by name and passes .well-known to the homeserver's listener") {
  CHECK(caddyfile(sample_settings(), name) ==
        "abcde.my-event.example.com {\n"
        "\troot * /var/www/element\n"
        "\treverse_proxy /.well-known/* 127.0.0.1:8888\n"
        "\tfile_server\n"
        "}\n");
}

TEST_CASE("the ACME authority is a global option, quoted") {
  BootSettings settings = sample_settings();
  settings.acme_email = "ops@example.org";
  settings.acme_ca = "https://acme.example.org/dir\"x";
  CHECK(caddyfile(settings, "a.example.com").substr(0, 72) ==
        "{\n\temail \"ops@example.org\"\n\tacme_ca \"https://acme.example.org/dir\\\"x\"\n}\n");
}

TEST_CASE("internal TLS is said in the site") {
  BootSettings settings = sample_settings();
  settings.internal_tls = true;
  CHECK(caddyfile(settings, "a.example.com").substr(0, 31) == "a.example.com {\n\ttls internal\n\t");
}

// IP-16
TEST_CASE("the organiser's script is carried as it is, with an interpreter") {
  BootSettings settings = sample_settings();
  CHECK(file_of(settings, "/usr/local/lib/muster/post-install").is_null());
  settings.post_install = "#!/usr/bin/python3\nprint('hi')\n";
  CHECK(text_of(file_of(settings, "/usr/local/lib/muster/post-install")) == settings.post_install);
  settings.post_install = "echo hi\n";
  CHECK(text_of(file_of(settings, "/usr/local/lib/muster/post-install")) == "#!/bin/sh\necho hi\n");
}

TEST_CASE("the texts that all hosts have in common are held once") {
  const BootWriter writer(sample_settings());
  const auto script_of = [&](const char* host) {
    const Value data = writer.user_data(host, host, host);
    return &std::get<Document>(data.as_hole()).body.at("write_files").as_list().at(2).at("content").as_hole();
  };
  CHECK(script_of("one") == script_of("two"));
}

}  // namespace
}  // namespace muster::workshop
