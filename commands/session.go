package commands

import (
	"fmt"

	"github.com/goccy/go-json"
)

// Disconnect is the command disconnect (V1): it ends the session. An open transaction is rolled back.
type Disconnect struct{}

// GetAttributes is the command getAttributes (V1). The attributes are in [Response].RawAttributes.
type GetAttributes struct{}

// SetAttributes is the command setAttributes (V1). Pass the attributes to [Append]. Servers do not always say what they
// have set: read it back with [GetAttributes].
type SetAttributes struct{}

// Raw is a command that is not in the protocol table, for servers newer than this module.
type Raw struct {
	Name   string         // command, as on the wire
	Fields map[string]any // its fields besides "command" and "attributes"; values as encoding/json takes them
}

var (
	_ Command = Disconnect{}
	_ Command = GetAttributes{}
	_ Command = SetAttributes{}
	_ Command = Raw{}
)

// CommandName returns "disconnect".
func (Disconnect) CommandName() string { return "disconnect" }

// CommandName returns "getAttributes".
func (GetAttributes) CommandName() string { return "getAttributes" }

// CommandName returns "setAttributes".
func (SetAttributes) CommandName() string { return "setAttributes" }

// CommandName returns the Name.
func (c Raw) CommandName() string { return c.Name }

func (c Raw) texts(yield func(string)) {
	yield(c.Name)
	yieldTexts(c.Fields, yield)
}

// yieldTexts finds the text in values of the types that JSON decodes to, and in lists of strings.
func yieldTexts(v any, yield func(string)) {
	switch v := v.(type) {
	case string:
		yield(v)
	case []string:
		for _, s := range v {
			yield(s)
		}
	case []any:
		for _, e := range v {
			yieldTexts(e, yield)
		}
	case map[string]any:
		for key, e := range v {
			yield(key)
			yieldTexts(e, yield)
		}
	}
}

func (c Raw) appendFields(dst []byte) ([]byte, error) {
	for _, reserved := range []string{"command", "attributes"} {
		if _, ok := c.Fields[reserved]; ok {
			return dst, fmt.Errorf("%s: the field %q is written by the session", c.Name, reserved)
		}
	}
	if len(c.Fields) == 0 {
		return dst, nil
	}
	fields, err := json.MarshalWithOption(c.Fields, json.DisableHTMLEscape())
	if err != nil {
		return dst, fmt.Errorf("%s: %w", c.Name, err)
	}
	dst = appendMembers(dst, fields)
	return dst[:len(dst)-1], nil
}
