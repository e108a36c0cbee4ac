#pragma once

// What the table of commands points to. Each returns the exit code and throws Error.

#include "reconciler/cli/command.h"

namespace muster::cli {

int run_init(Invocation& call);
int run_import(Invocation& call);
int run_adopt(Invocation& call);
int run_validate(Invocation& call);
int run_plan(Invocation& call);
int run_apply(Invocation& call);
int run_reconcile(Invocation& call);
int run_destroy(Invocation& call);
int run_list(Invocation& call);
int run_status(Invocation& call);
int run_drift(Invocation& call);
int run_orphans(Invocation& call);
int run_history(Invocation& call);
int run_render(Invocation& call);
int run_explain(Invocation& call);
int run_doctor(Invocation& call);
int run_schema(Invocation& call);
int run_sandbox(Invocation& call);
int run_docs(Invocation& call);
int run_completion(Invocation& call);
int run_complete(Invocation& call);
int run_version(Invocation& call);

}  // namespace muster::cli
