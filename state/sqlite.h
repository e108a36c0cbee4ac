#pragma once

// SQLite as four owned things: Database, Statement, Use and Transaction. One thread uses a Database at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/resource.h"

struct sqlite3;
struct sqlite3_stmt;

namespace muster::state {

struct CloseDatabase {
  void operator()(sqlite3* handle) const noexcept;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* handle) const noexcept;
};

/// What one program keeps in a file of its own: how that file is known, and what people are told about it.
struct Contents {
  std::string_view program;       ///< whose version a newer file asks for
  std::string_view name;          ///< "state database"
  std::string_view named_by;      ///< how people name another file, after "name another file "
  std::string_view when_damaged;  ///< the way out after "move it away and ", and what is lost
  int application_id = 0;         ///< SQLite's, so that another program's file is never written to
  int version = 0;                ///< of the schema: raised with every change of it
  std::string_view schema;        ///< makes what is missing; sets both numbers above
};

/// muster's own.
extern const Contents muster_contents;

enum class Durability {
  full,    ///< a commit has reached the disk when it returns
  normal,  ///< a power cut may lose the last commits, never the order of them: for what is only a cache
};

struct DatabaseOptions {
  std::filesystem::path path;
  Durability durability = Durability::full;
  /// How long to wait for another process's write before Fault::transient.
  std::chrono::milliseconds busy_timeout{10'000};
  /// A private copy in memory of what is there, brought up to date: nothing on the disk is made, migrated or written,
  /// the file's mode included. Without a file it is empty.
  bool in_memory = false;
  const Contents* contents = &muster_contents;
};

/// An open database: WAL, mode 0600, in a directory (0700) made as needed, at this program's schema version.
///
/// The file is created when it is missing. Opening one at the current version writes nothing to it. An older version
/// loses its cache tables and keeps intents, claims, debts and history.
/// Every failure here and in Statement is an Error that names the file and the way out: `invalid` for a damaged file,
/// another program's or a newer version's; `usage` for a path that cannot be written, or read; `transient` when another
/// process kept it busy; `permanent` for a full or failing disk.
class Database {
 public:
  explicit Database(const DatabaseOptions& options);

  /// One or several statements that give no rows and take no parameters.
  void execute(const std::string& sql);
  /// The first column of the first row, 0 when there is none.
  std::int64_t number(const std::string& sql);
  std::int64_t last_inserted_id() const;
  /// Rows that the last insert, update or delete touched.
  std::int64_t changed_rows() const;
  bool in_transaction() const;
  sqlite3* handle() const { return handle_.get(); }
  const Contents& contents() const { return contents_; }

 private:
  void open(const DatabaseOptions& options);
  void open_copy(const DatabaseOptions& options);

  const Contents& contents_;
  std::unique_ptr<sqlite3, CloseDatabase> handle_;
};

/// A prepared statement. Must not outlive its Database.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  /// One execution with its parameters bound; resets the statement in its destructor.
  class Use {
   public:
    template <typename... Parameters>
    Use(const Contents& contents, sqlite3_stmt* handle, const Parameters&... parameters)
        : contents_(&contents), handle_(handle) {
      (bind(parameters), ...);
    }
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    /// Steps to the next row; false at the end.
    bool next();
    /// For what gives no rows.
    void run();

    // Columns count from 0. Precondition: next() was true.
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    Time time(int column) const { return Time(std::chrono::milliseconds(integer(column))); }
    std::optional<Time> optional_time(int column) const;
    /// Valid until the next step.
    std::string_view text(int column) const;
    std::string string(int column) const { return std::string(text(column)); }

   private:
    void bind(std::string_view text);
    void bind(std::int64_t number);
    void bind(bool flag) { bind(std::int64_t{flag}); }
    void bind(int number) { bind(std::int64_t{number}); }
    void bind(Time time) { bind(std::int64_t{time.time_since_epoch().count()}); }
    void bind(std::nullptr_t);
    void bind(const char* text) { bind(std::string_view(text)); }
    template <typename T>
    void bind(const std::optional<T>& value) {
      if (value) {
        bind(*value);
      } else {
        bind(nullptr);
      }
    }

    const Contents* contents_;
    sqlite3_stmt* handle_;
    int bound_ = 0;
  };

  /// Parameters are texts, numbers, flags, times, nullptr or optionals of them. Precondition: no earlier Use of this
  /// statement is alive.
  template <typename... Parameters>
  Use use(const Parameters&... parameters) {
    return Use(*contents_, handle_.get(), parameters...);
  }

 private:
  const Contents* contents_;
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle_;
};

/// Everything or nothing: rolls back unless committed. Inside another Transaction it is a savepoint of that one.
class Transaction {
 public:
  enum class Kind {
    write,  ///< takes the write lock at once, so that it cannot fail half-way for being late
    read,   ///< one consistent picture over several reads; nothing may be written in it
  };
  explicit Transaction(Database& database, Kind kind = Kind::write);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool nested_;
  bool open_ = true;
};

}  // namespace muster::state
