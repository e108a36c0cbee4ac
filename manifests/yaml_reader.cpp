#include "manifests/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "manifests/decode_words.h"
#include "manifests/file_text.h"
#include "manifests/yaml_lines.h"
#include "manifests/yaml_words.h"

namespace muster::manifests {
namespace {

constexpr std::size_t deepest = 100;

/// Ends the reading of a file whose document passes a bound; its diagnostic is recorded already.
struct BoundPassed {};

/// The text of one file by lines, to turn offsets into places people can count to.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
      starts_.push_back(at + 1);
    }
  }

  std::string_view text() const { return text_; }

  /// Line and column from 1; columns count characters, not bytes.
  std::pair<int, int> place(std::size_t offset) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - starts_.begin());
    std::string_view before = text_.substr(starts_[line - 1], offset - starts_[line - 1]);
    // Counting along one endless line would take quadratic time.
    const std::size_t column = before.size() < 4096 ? count_code_points(before) : before.size();
    return {static_cast<int>(line), static_cast<int>(column) + 1};
  }

  std::string_view line(int number) const {
    const auto index = static_cast<std::size_t>(number);
    if (number < 1 || index > starts_.size()) return {};
    const std::size_t start = starts_[index - 1];
    const std::size_t end = index < starts_.size() ? starts_[index] - 1 : text_.size();
    return text_.substr(start, end - start);
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

std::size_t offset_of(const YAML::Mark& mark) { return static_cast<std::size_t>(std::max(mark.pos, 0)); }

/// Builds the tree of one document from the library's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<Home> home, const Lines& lines, std::size_t most_nodes,
              std::vector<Diagnostic>& diagnostics)
      : home_(std::move(home)), lines_(lines), most_nodes_(most_nodes), diagnostics_(diagnostics) {}

  NodePtr root() const { return root_; }
  std::size_t start() const { return start_; }
  /// Where the last scalar of the document stands; 0 when there is none.
  std::size_t last_scalar() const { return last_scalar_; }
  /// Where the outermost `[` or `{` that is still open stands, if one is.
  std::optional<std::size_t> open_bracket() const {
    const auto found = std::find_if(frames_.begin(), frames_.end(), [](const Frame& one) { return one.in_flow; });
    return found == frames_.end() ? std::nullopt : std::optional(found->offset);
  }

  /// The last line that was refused for its indentation; 0 when there is none.
  int last_tab_line() const { return last_tab_line_; }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = offset_of(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(make_node(Node::Shape::null, mark), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make_node(Node::Shape::scalar, mark);
    node->text = value;
    node->quoted = tag == "!";
    refuse_tag(tag, *node);
    refuse_what_is_no_text(*node);
    last_scalar_ = offset_of(mark);
    add_leaf(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found != anchors_.end()) return add(found->second);
    const auto node = make_node(Node::Shape::null, mark);
    report(node->where(), "this alias stands inside the very node it names", "a manifest cannot contain itself");
    add(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Shape::sequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Shape::mapping, mark, tag, anchor, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor;
    std::size_t offset;
    bool in_flow;
    std::unordered_map<std::string, int> keys;  ///< with the line where each stands first
    NodePtr key;                                ///< read already, its value is next
    bool has_key = false;
  };

  std::shared_ptr<Node> make_node(Node::Shape shape, const YAML::Mark& mark) {
    auto node = std::make_shared<Node>();
    node->shape = shape;
    node->home = home_.get();
    std::tie(node->line, node->column) = lines_.place(offset_of(mark));
    if (++made_ > most_nodes_) pass_bound(*node, fmt::format("the document has more than {} nodes", most_nodes_));
    refuse_tab(*node);
    return node;
  }

  void report(Origin where, std::string message, std::string hint) {
    diagnostics_.push_back({Severity::error, std::move(where), std::move(message), std::move(hint)});
  }

  [[noreturn]] void pass_bound(const Node& node, std::string message) {
    report(node.where(), std::move(message), "split it, or use fewer aliases of aliases");
    throw BoundPassed{};
  }

  /// yaml-cpp writes \N and \_ as one byte of Latin-1.
  void refuse_what_is_no_text(Node& node) {
    if (find_invalid_utf8(node.text) == std::string_view::npos) return;
    report(node.where(), "an escape in this text does not give UTF-8", "write \\u0085 for \\N, and \\u00a0 for \\_");
    node.text.clear();
  }

  void refuse_tag(const std::string& tag, const Node& node) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    report(node.where(), fmt::format("the tag {} has no meaning in a manifest", shortened(tag)),
           "remove it: fields have their type from the schema; quotes make a text of anything");
  }

  void refuse_tab(const Node& node) {
    const bool in_flow = !frames_.empty() && frames_.back().in_flow;
    if (in_flow || node.line == last_tab_line_) return;
    const std::string_view line = lines_.line(node.line);
    const bool is_tab = is_indented_by_tab(line);
    if (!is_tab && !is_indented_by_no_break_space(line)) return;
    last_tab_line_ = node.line;
    report({home_->file, node.line, 1, {}},
           fmt::format("this line is indented with {}", is_tab ? "a tab" : "no-break spaces"),
           "YAML is indented with plain spaces only");
  }

  void open(Node::Shape shape, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    auto node = make_node(shape, mark);
    refuse_tag(tag, *node);
    if (frames_.size() >= deepest) pass_bound(*node, fmt::format("the document nests deeper than {} levels", deepest));
    const bool in_flow = style == YAML::EmitterStyle::Flow || (!frames_.empty() && frames_.back().in_flow);
    frames_.push_back({std::move(node), anchor, offset_of(mark), in_flow, {}, {}});
  }

  void close() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    Node& node = *frame.node;
    for (const NodePtr& item : node.items) weigh(node, *item);
    for (const Member& member : node.members) weigh(node, *member.value);
    if (node.weight > most_nodes_) {
      pass_bound(node, fmt::format("with its aliases written out this has more than {} nodes", most_nodes_));
    }
    if (node.depth > deepest) pass_bound(node, fmt::format("the document nests deeper than {} levels", deepest));
    if (frame.anchor != 0) anchors_[frame.anchor] = frame.node;
    add(frame.node);
  }

  static void weigh(Node& node, const Node& child) {
    node.weight += child.weight;
    node.depth = std::max(node.depth, child.depth + 1);
  }

  void add_leaf(std::shared_ptr<Node> node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    add(std::move(node));
  }

  void add(NodePtr node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node->shape == Node::Shape::sequence) {
      frame.node->items.push_back(std::move(node));
    } else if (!frame.has_key) {
      frame.key = std::move(node);
      frame.has_key = true;
    } else {
      add_member(frame, std::move(node));
    }
  }

  void add_member(Frame& frame, NodePtr value) {
    frame.has_key = false;
    const Node& key = *frame.key;
    if (key.shape != Node::Shape::scalar) {
      const bool is_template = lines_.line(key.line).find("{{") != std::string_view::npos;
      report(key.where(), "a key must be a text",
             is_template ? "fill in the template first: `{{` is none of YAML's signs"
                         : "write `key: value`; put quotes around a key such as null");
    } else if (key.text == "<<" && !key.quoted) {
      report(key.where(), "merge keys (<<) are not supported",
             "name the whole value with an alias, or put what is common under spec.defaults of the Fleet");
    } else if (const auto [first, is_new] = frame.keys.emplace(key.text, key.line); !is_new) {
      const bool begins_manifest = frames_.size() == 1 && (key.text == "apiVersion" || key.text == "kind");
      report(key.where(), fmt::format("the key \"{}\" occurs twice in one mapping", shortened(key.text)),
             fmt::format("{}; the first is at line {}",
                         begins_manifest ? "if a new manifest begins here, write a line --- above it" : "remove one",
                         first->second));
    } else {
      frame.node->members.push_back({key.text, key.line, key.column, key.home, std::move(value)});
    }
  }

  std::shared_ptr<Home> home_;
  const Lines& lines_;
  std::size_t most_nodes_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, NodePtr> anchors_;
  NodePtr root_;
  std::size_t start_ = 0;
  std::size_t last_scalar_ = 0;
  std::size_t made_ = 0;
  int last_tab_line_ = 0;
};

class Reader {
 public:
  Reader(const std::string& file, std::string_view text, std::size_t most_nodes)
      : file_(file), lines_(text), most_nodes_(most_nodes) {}

  YamlFile read() {
    if (!is_text()) return std::move(result_);
    std::istringstream stream{std::string(lines_.text())};
    try {
      YAML::Parser parser(stream);
      while (read_document(parser)) continue;
    } catch (const BoundPassed&) {
      // Recorded where it happened; the rest of the file is not worth reading.
    }
    return std::move(result_);
  }

 private:
  bool is_text() {
    if (lines_.text().starts_with("\xff\xfe") || lines_.text().starts_with("\xfe\xff")) {
      report(0, "this file is UTF-16", "save it as UTF-8");
      return false;
    }
    if (lines_.text().find('\0') != std::string_view::npos) {
      report(0, "this is no text file", "move it elsewhere, or give it an ending other than .yaml and .yml");
      return false;
    }
    if (const std::size_t at = find_invalid_utf8(lines_.text()); at != std::string_view::npos) {
      report(at, "this byte is not UTF-8", "save the file as UTF-8");
      return false;
    }
    if (const std::size_t at = find_control_character(lines_.text()); at != std::string_view::npos) {
      report(at, fmt::format("a control character (0x{:02x}) stands here", lines_.text()[at]),
             "remove it; in double quotes it can be written as an escape");
      return false;
    }
    return true;
  }

  bool read_document(YAML::Parser& parser) {
    auto home = std::make_shared<Home>(Home{file_, {}});
    TreeBuilder builder(home, lines_, most_nodes_, result_.diagnostics);
    try {
      if (!parser.HandleNextDocument(builder)) return false;
    } catch (const YAML::Exception& problem) {
      report_syntax(problem, builder);
      return false;
    }
    // The library lets the end of the file close a quote.
    if (is_unclosed_quote(lines_.text(), builder.last_scalar())) {
      SyntaxWords words = syntax_words("illegal EOF in scalar");
      report(builder.last_scalar(), std::move(words.message), std::move(words.hint));
      return false;
    }
    if (is_first_ || begins_with_marker(builder.start())) {
      is_first_ = false;
      const NodePtr root = builder.root();
      if (root && root->shape != Node::Shape::null) result_.documents.push_back({std::move(home), root});
      return true;
    }
    // The library takes whatever is left over after a document for the next one, without end.
    report(builder.start(), "the document above ends before this text",
           "check the indentation here and above; documents are separated by a line ---");
    return false;
  }

  bool begins_with_marker(std::size_t start) const {
    const std::string_view text = lines_.text();
    if (text.substr(start).starts_with("---")) return true;
    for (int line = lines_.place(start).first - 1; line > 0; --line) {
      const std::string_view before = lines_.line(line);
      const std::size_t first = before.find_first_not_of(" \t\r");
      if (first == std::string_view::npos || before[first] == '#') continue;
      return before.starts_with("...");
    }
    return false;
  }

  void report(std::size_t offset, std::string message, std::string hint) {
    const auto [line, column] = lines_.place(offset);
    result_.diagnostics.push_back({Severity::error, {file_, line, column, {}}, std::move(message), std::move(hint)});
  }

  void report_syntax(const YAML::Exception& problem, const TreeBuilder& builder) {
    SyntaxWords words = syntax_words(problem.msg);
    // The library notices a missing bracket where the file ends; people look for the one that opens.
    const bool is_unclosed =
        problem.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW || problem.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
    if (const auto bracket = builder.open_bracket(); is_unclosed && bracket) {
      const char open = lines_.text()[*bracket];
      return report(*bracket, fmt::format("this `{}` is never closed", open),
                    fmt::format("add the missing `{}`, or a comma between its entries", open == '[' ? ']' : '}'));
    }
    const auto offset = std::min(offset_of(problem.mark), lines_.text().size());
    const int line = lines_.place(offset).first;
    for (int near = line; near > 0 && near > line - 3; --near) {
      // What the library stumbles over there is what has been told.
      if (near == builder.last_tab_line()) return;
      if (is_indented_by_tab(lines_.line(near))) words.hint = "YAML is indented with spaces only; there is a tab here";
      if (is_odd_separator(lines_.line(near)))
        words.hint = "manifests are separated by a line of exactly ---, at its left edge";
    }
    report(offset, std::move(words.message), std::move(words.hint));
  }

  const std::string& file_;
  Lines lines_;
  std::size_t most_nodes_;
  bool is_first_ = true;
  YamlFile result_;
};

}  // namespace

YamlFile read_yaml(const std::string& file, std::string_view text, std::size_t most_nodes) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return Reader(file, text, most_nodes).read();
}

}  // namespace muster::manifests
