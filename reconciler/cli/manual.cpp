#include "reconciler/cli/manual.h"

namespace muster::cli {

const std::vector<ManualEntry>& exit_codes() {
  static const std::vector<ManualEntry> codes = {
      {"0", "converged: what the manifests say exists, or was made so; the question was answered"},
      {"1",
       "failed: nothing of what was wanted was reached, or nothing of it could be read; of a plan also that a part of "
       "it cannot work"},
      {"2", "changes are pending: the plan has steps, or something drifted"},
      {"3", "bad input: the command line or a manifest; nothing was done"},
      {"4", "refused by the guard, or because a plan file no longer fits; nothing was done"},
      {"5", "another run holds the lock; the message names it"},
      {"6",
       "partly applied, or partly unknown: some of it was not reached, or could not be read; the report says what, the "
       "next run goes on"},
      {"130", "interrupted; the next run goes on"},
  };
  return codes;
}

const std::vector<ManualEntry>& environment_variables() {
  static const std::vector<ManualEntry> variables = {
      {"MUSTER_STATE", "The state database, unless `--state` names it."},
      {"MUSTER_SSH",
       "The program, and its first arguments, that reaches the host of a Fleet's `lock`, in place of `ssh`: "
       "`ssh -i /etc/muster/key`."},
      {"MUSTER_GUEST_PROXY",
       "A proxy that readiness checks of hosts go through, such as `socks5h://127.0.0.1:1080`. Calls to the clouds do "
       "not."},
      {"MUSTER_GUEST_CA", "A PEM file with the authorities that https checks trust instead of the system's."},
      {"OS_CLOUD", "The entry of clouds.yaml for an OpenStackProject that names neither a cloud nor a login."},
      {"OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE", "Where clouds.yaml and secure.yaml are."},
      {"OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME, OS_REGION_NAME ...",
       "The login of an OpenStackProject with an empty spec, as an openrc file exports it. OS_TOKEN and "
       "OS_APPLICATION_CREDENTIAL_ID with OS_APPLICATION_CREDENTIAL_SECRET stand for the other ways to log in."},
      {"OVH_ENDPOINT, OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY",
       "The login of an OvhAccount that has none of its own. OVH_CLIENT_ID with OVH_CLIENT_SECRET, or "
       "OVH_ACCESS_TOKEN, stand for the other ways to log in."},
      {"NO_COLOR", "When set and not empty, nothing is coloured."},
  };
  return variables;
}

const std::vector<ManualEntry>& files_used() {
  static const std::vector<ManualEntry> files = {
      {"*.yaml, *.yml", "The manifests: all below the directories named, hidden ones excepted."},
      {".muster/state.db",
       "What muster remembers, beside the manifests, mode 0600. A cache: it can always be deleted."},
      {"muster.schema.json", "The JSON Schema that editors use, written by `muster init` and `muster schema`."},
      {"./clouds.yaml, ~/.config/openstack/clouds.yaml, /etc/openstack/clouds.yaml",
       "Logins for OpenStack; secure.yaml beside it is merged."},
      {"./ovh.conf, ~/.ovh.conf, /etc/ovh.conf", "Logins for OVH."},
  };
  return files;
}

const std::vector<std::string>& manifest_paragraphs() {
  static const std::vector<std::string> paragraphs = {
      "A manifest is one YAML document with four keys. A file may hold several, parted by a line `---`. Files and "
      "directories divide them as people like; what belongs together is found by name. One manifest of kind Fleet is "
      "needed, and one of each connection that others name.",
      "Unknown and doubled keys are mistakes, never ignored. Texts need no quotes unless YAML would read them as "
      "something else. Numbers are whole and have no leading zeros. A time span is a number with a unit: 90s, 15m, 2h "
      "or 3d. A moment is a date, a time and an offset: 2026-05-04T18:00:00+02:00. Paths are relative to the manifest. "
      "A key without a value counts as left out.",
  };
  return paragraphs;
}

std::string manifest_frame() {
  return "apiVersion: muster/v1      # the version of this form\n"
         "kind: Workshop             # what it is\n"
         "metadata:\n"
         "  name: my-event           # unique within its kind: lower-case letters, digits and dashes\n"
         "  labels: {season: summer} # optional\n"
         "spec: {}                   # what it says; see its kind\n";
}

const std::vector<std::string>& secret_paragraphs() {
  static const std::vector<std::string> paragraphs = {
      "A secret is written as `{env: NAME}` (an environment variable), `{file: PATH}` (a file; one line break at its "
      "end is not part of the secret) or `{command: [PROGRAM, ARGUMENT...]}` (what the program prints). Plain text "
      "works as well and is warned about: it would be in the repository.",
      "`validate` and completion read no secret. Other commands read one where it is needed, and keep it neither in "
      "the database nor in a plan, a log or a report; what they remember is a digest. Wherever a secret would be "
      "shown, [secret] stands instead.",
  };
  return paragraphs;
}

const std::vector<std::string>& label_paragraphs() {
  static const std::vector<std::string> paragraphs = {
      "`metadata.labels` are free texts under names of one's own. They mean nothing to the clouds and change no host; "
      "they serve to select manifests.",
  };
  return paragraphs;
}

}  // namespace muster::cli
