package commands

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/internal/jsonscan"
)

// Attribute assigns a value to a session attribute. Each attribute that can be written has a constructor, so read-only
// ones cannot be set, and false, 0 and "" are values like any other. Attributes are comparable.
type Attribute struct {
	name string
	json string
}

// Name returns the attribute's name on the wire.
func (a Attribute) Name() string { return a.name }

// JSON returns the value as it is sent.
func (a Attribute) JSON() string { return a.json }

// String returns name=value.
func (a Attribute) String() string { return a.name + "=" + a.json }

// Since returns the protocol version that introduced the attribute.
func (a Attribute) Since() Version {
	for _, info := range attributeInfos {
		if info.Name == a.name {
			return info.Since
		}
	}
	return V1
}

// AttributeInfo is what the protocol table says of one attribute.
type AttributeInfo struct {
	Name     string  // as on the wire, such as "currentSchema"
	Kind     string  // "bool", "string", "int" or "seconds"
	Writable bool    // whether a client may set it
	Since    Version // first version that has it
}

// AllAttributes returns the table of attributes. The slice is the caller's.
func AllAttributes() []AttributeInfo { return append([]AttributeInfo(nil), attributeInfos...) }

// Merge applies the attributes object of an answer. Attributes that it does not name stay as they are, unknown ones are
// skipped. Numbers and booleans are accepted in each other's form, since servers differ. The error names the attribute
// whose value makes no sense; those before it have been applied. Nil stands for an answer without attributes and
// changes nothing.
func (a *Attributes) Merge(raw []byte) error {
	if raw == nil {
		return nil
	}
	s := jsonscan.New(raw)
	err := s.Object(func(key []byte) error {
		name := string(key)
		if err := a.merge(name, s); err != nil {
			return fmt.Errorf("attribute %q: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.End()
}

// EscapeLike returns a LIKE pattern that fits this name and no other: % and _ in it stand for themselves. Filters of
// metadata commands are patterns, such as those of [TablesFilter]:
//
//	pattern := sess.Attributes().EscapeLike(name)
//	for t, err := range sess.GetTables(ctx, commands.TablesFilter{Table: &pattern}) { ... }
func (a Attributes) EscapeLike(name string) string {
	escape := a.DefaultLikeEscapeCharacter
	if escape == "" {
		return name
	}
	return strings.NewReplacer(escape, escape+escape, "%", escape+"%", "_", escape+"_").Replace(name)
}

func boolAttribute(name string, on bool) Attribute {
	return Attribute{name, strconv.FormatBool(on)}
}

func intAttribute(name string, n int) Attribute {
	return Attribute{name, strconv.Itoa(n)}
}

// secondsAttribute keeps a fraction, for Check to refuse: half a second must become neither a second nor "no limit".
func secondsAttribute(name string, d time.Duration) Attribute {
	text := strconv.FormatInt(int64(d/time.Second), 10)
	if rest := d % time.Second; rest != 0 {
		sign := ""
		if d < 0 {
			sign = "-"
		}
		whole := strings.TrimPrefix(text, "-")
		text = strings.TrimRight(fmt.Sprintf("%s%s.%09d", sign, whole, rest.Abs()), "0")
	}
	return Attribute{name, text}
}

func stringAttribute(name, s string) Attribute {
	return Attribute{name, string(appendString(nil, s))}
}

// set assigns n to *v if there was no error.
func set[T any](v *T, n T, err error) error {
	if err == nil {
		*v = n
	}
	return err
}

func scanBool(s *jsonscan.Scanner, v *bool) error {
	kind, err := s.Kind()
	if err != nil {
		return err
	}
	switch kind {
	case jsonscan.Number:
		n, err := s.Int64()
		return set(v, n != 0, err)
	case jsonscan.Null:
		return set(v, false, s.Null())
	case jsonscan.String:
		text, err := s.Text()
		if err != nil {
			return err
		}
		on, err := strconv.ParseBool(text)
		return set(v, on, err)
	}
	on, err := s.Bool()
	return set(v, on, err)
}

func scanInt(s *jsonscan.Scanner, v *int) error {
	var n int64
	if err := scanInt64(s, &n); err != nil {
		return err
	}
	if int64(int(n)) != n {
		return fmt.Errorf("%d out of range", n)
	}
	*v = int(n)
	return nil
}

func scanInt64(s *jsonscan.Scanner, v *int64) error {
	kind, err := s.Kind()
	if err != nil {
		return err
	}
	switch kind {
	case jsonscan.String:
		text, err := s.Text()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(text, 10, 64)
		return set(v, n, err)
	case jsonscan.Null:
		return set(v, 0, s.Null())
	}
	n, err := s.Int64()
	return set(v, n, err)
}

func scanSeconds(s *jsonscan.Scanner, v *time.Duration) error {
	var n int64
	if err := scanInt64(s, &n); err != nil {
		return err
	}
	const most = int64(1<<63-1) / int64(time.Second)
	if n < 0 || n > most {
		return fmt.Errorf("%d seconds out of range", n)
	}
	*v = time.Duration(n) * time.Second
	return nil
}

// scanString reads null as "": servers send both for "no schema is open".
func scanString(s *jsonscan.Scanner, v *string) error {
	null, err := scanNull(s)
	if err != nil {
		return err
	}
	if null {
		*v = ""
		return nil
	}
	text, err := s.Text()
	return set(v, text, err)
}
