package exatest

import (
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
)

// metadataCommand describes one of the commands that list what is in the database.
type metadataCommand struct {
	filters map[string]filterKind
	columns []commands.ColumnInfo
	rows    [][]string                         // "\x00" stands for NULL
	hidden  func(r release, row []string) bool // rows that a release does not have; nil for none
}

type filterKind struct {
	column string // that it is compared with
	like   bool   // a LIKE pattern, otherwise the exact text
	list   bool   // an array of texts, one of which has to be equal
}

func like(column string) filterKind  { return filterKind{column: column, like: true} }
func exact(column string) filterKind { return filterKind{column: column} }
func oneOf(column string) filterKind { return filterKind{column: column, list: true} }

// MetadataColumns returns the columns of the answer to a metadata command, such as getTables, for tests that script the
// answer. It returns nil for any other command.
func MetadataColumns(command string) []commands.ColumnInfo {
	return slices.Clone(metadataCommands[command].columns)
}

// metadata answers the metadata commands: as the backend says, or from a few tables of its own.
func (k *call) metadata() answer {
	m := metadataCommands[k.msg.command]
	filter, nothing, err := k.filter(m)
	if err != nil {
		return failed(err)
	}
	if nothing {
		return k.results([]outcome{{columns: m.columns}})
	}
	if k.sess.backend != nil {
		var result *Result
		err := k.sess.withBackend(k.ex.ctx, func(b BackendSession) (err error) {
			result, err = b.Metadata(k.ex.ctx, k.msg.command, filter)
			return err
		})
		return k.answerOf(k.resultOf(result, err))
	}
	escape := k.sess.attributes().text("defaultLikeEscapeCharacter")
	columns := make([]textColumn, len(m.columns))
	for _, row := range m.rows {
		if m.hidden != nil && m.hidden(k.srv.cfg.release, row) {
			continue
		}
		if m.matches(row, filter, escape) {
			for i, text := range row {
				columns[i].buf = append(columns[i].buf, strings.TrimPrefix(text, null)...)
				columns[i].finish(text == null)
			}
		}
	}
	data := make([]Values, len(columns))
	for i := range columns {
		data[i] = &columns[i]
	}
	return k.results([]outcome{{columns: m.columns, data: data}})
}

// null is NULL in the rows of a metadataCommand.
const null = "\x00"

// filter reads the filters that the client sent; null is as good as absent. nothing is true if one of them is the empty
// string, which matches nothing.
func (k *call) filter(m metadataCommand) (filter map[string]any, nothing bool, err error) {
	filter = map[string]any{}
	for name, kind := range m.filters {
		if !k.msg.has(name) {
			continue
		}
		if kind.list {
			texts, err := k.msg.texts(name)
			if err != nil {
				return nil, false, err
			}
			filter[name] = texts
			continue
		}
		text, err := k.msg.text(name)
		if err != nil {
			return nil, false, err
		}
		filter[name] = text
		nothing = nothing || text == ""
	}
	return filter, nothing, nil
}

func (m *metadataCommand) matches(row []string, filter map[string]any, escape string) bool {
	for name, want := range filter {
		kind := m.filters[name]
		i := slices.IndexFunc(m.columns, func(c commands.ColumnInfo) bool { return c.Name == kind.column })
		switch want := want.(type) {
		case []string:
			if !slices.Contains(want, row[i]) {
				return false
			}
		case string:
			if row[i] == null || kind.like && !matchLike(row[i], want, escape) || !kind.like && row[i] != want {
				return false
			}
		}
	}
	return true
}

// matchLike is LIKE: % stands for any text, _ for one character, and the escape character takes that away from them.
func matchLike(text, pattern, escape string) bool {
	if pattern == "" {
		return text == ""
	}
	if escape != "" && strings.HasPrefix(pattern, escape) && len(pattern) > len(escape) {
		rest := []rune(pattern[len(escape):])
		after, ok := strings.CutPrefix(text, string(rest[0]))
		return ok && matchLike(after, string(rest[1:]), escape)
	}
	runes := []rune(pattern)
	rest := string(runes[1:])
	switch runes[0] {
	case '%':
		for i := range text {
			if matchLike(text[i:], rest, escape) {
				return true
			}
		}
		return matchLike("", rest, escape)
	case '_':
		chars := []rune(text)
		return len(chars) > 0 && matchLike(string(chars[1:]), rest, escape)
	}
	after, ok := strings.CutPrefix(text, string(runes[0]))
	return ok && matchLike(after, rest, escape)
}
