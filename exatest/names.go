package exatest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
)

// Names that tests write as texts: of commands, of attributes, of releases. A misspelt one would do nothing, and a test that
// waits for nothing passes.

// AllowCommands names commands that the protocol does not have, for tests of what newer servers may know: [Server.Handle] and
// [fault.Fault.On] take them from now on. A name that no command has is a mistake otherwise, and fails the test.
func (s *Server) AllowCommands(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unheardOf = append(s.unheardOf, names...)
}

// misnamed fails the test, or panics if the server has none.
func (s *Server) misnamed(what string, err error) {
	if s.tb == nil {
		panic("exatest: " + what + ": " + err.Error())
	}
	s.tb.Helper()
	s.tb.Errorf("exatest: %s: %v", what, err)
}

// checkCommand returns an error if a name is not that of a command that the server takes.
func (s *Server) checkCommand(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := commands.Lookup(name); ok || name == Credentials || slices.Contains(s.unheardOf, name) {
		return nil
	}
	for _, info := range commands.All() {
		if near(name, info.Name) {
			return fmt.Errorf("the protocol has no command %q: did you mean %q?", name, info.Name)
		}
	}
	return fmt.Errorf("the protocol has no command %q: Server.AllowCommands takes it if that is what the test is about", name)
}

// near reports whether a name was probably meant to be another: it has the same letters, or is the beginning of the other.
func near(name, other string) bool {
	return name != "" && strings.HasPrefix(strings.ToLower(other), strings.ToLower(name))
}

// check returns the first error of the options.
func (c *config) check() error {
	for _, a := range c.attributes {
		if err := checkAttribute(a); err != nil {
			return fmt.Errorf("WithSessionAttribute: %w", err)
		}
	}
	if c.release.parts[0] == 0 {
		return fmt.Errorf("WithRelease: %q does not begin with a number, as 8.32.0 does", c.release.text)
	}
	return nil
}

// checkAttribute returns an error if there is no such attribute, or if its values are of another type.
func checkAttribute(a member) error {
	meant := ""
	for _, info := range commands.AllAttributes() {
		switch {
		case info.Name == a.Key:
			return checkKind(info, a.Value)
		case near(a.Key, info.Name):
			meant = fmt.Sprintf(": did you mean %q?", info.Name)
		}
	}
	return fmt.Errorf("there is no attribute %q%s", a.Key, meant)
}

func checkKind(info commands.AttributeInfo, value any) error {
	want := info.Kind
	if want == "seconds" {
		want = "int"
	}
	if is := fmt.Sprintf("%T", value); is != want {
		return fmt.Errorf("%s takes a value of type %s, not %s", info.Name, want, is)
	}
	return nil
}
