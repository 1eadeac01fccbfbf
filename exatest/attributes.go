package exatest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/exawire/exawire/commands"
)

// attributes are the session attributes by their names on the wire: bool, int64 or string. One parameter of the session
// that is not an attribute is among them, under its name in SQL.
type attributes map[string]any

const firstDayOfWeek = "NLS_FIRST_DAY_OF_WEEK"

var attributeTable = func() map[string]commands.AttributeInfo {
	table := map[string]commands.AttributeInfo{}
	for _, info := range commands.AllAttributes() {
		table[info.Name] = info
	}
	return table
}()

// defaultAttributes is what a session begins with.
func (c *config) defaultAttributes() attributes {
	a := attributes{
		"autocommit": c.release.autocommit(), "compressionEnabled": false, "currentSchema": "",
		"dateFormat": "YYYY-MM-DD", "dateLanguage": "ENG", "datetimeFormat": "YYYY-MM-DD HH24:MI:SS.FF6",
		"defaultLikeEscapeCharacter": `\`, "feedbackInterval": int64(1), "numericCharacters": ".,",
		"openTransaction": false, "queryTimeout": int64(0), "resultSetMaxRows": int64(0),
		"snapshotTransactionsEnabled": false, "timestampUtcEnabled": false, "timezone": "UNIVERSAL",
		"timeZoneBehavior": "INVALID SHIFT AMBIGUOUS ST",
		firstDayOfWeek:     int64(7),
	}
	for _, m := range c.attributes {
		a[m.Key] = attributeValue(m.Value)
	}
	return a
}

// attributeValue brings the value of a test or a backend into one of the three kinds.
func attributeValue(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case time.Duration:
		return int64(v / time.Second)
	case fmt.Stringer:
		return v.String()
	}
	return v
}

func (a attributes) bool(name string) bool     { v, _ := a[name].(bool); return v }
func (a attributes) integer(name string) int64 { v, _ := a[name].(int64); return v }
func (a attributes) text(name string) string   { v, _ := a[name].(string); return v }

// seconds is an attribute that counts seconds.
func (a attributes) seconds(name string) time.Duration {
	return time.Duration(a.integer(name)) * time.Second
}

// document lists all attributes that the version knows.
func (a attributes) document(version commands.Version) object {
	o := object{}
	for _, info := range commands.AllAttributes() {
		if info.Since <= version {
			o.Set(info.Name, a[info.Name])
		}
	}
	return o
}

// snapshot is the typed form that a backend gets.
func (a attributes) snapshot() commands.Attributes {
	return commands.Attributes{
		Autocommit:                 a.bool("autocommit"),
		CompressionEnabled:         a.bool("compressionEnabled"),
		CurrentSchema:              a.text("currentSchema"),
		DateFormat:                 a.text("dateFormat"),
		DateLanguage:               a.text("dateLanguage"),
		DatetimeFormat:             a.text("datetimeFormat"),
		DefaultLikeEscapeCharacter: a.text("defaultLikeEscapeCharacter"),
		FeedbackInterval:           a.seconds("feedbackInterval"),
		NumericCharacters:          a.text("numericCharacters"),
		OpenTransaction:            a.bool("openTransaction"),
		QueryTimeout:               a.seconds("queryTimeout"),
		ResultSetMaxRows:           int(a.integer("resultSetMaxRows")),
		SnapshotTransactions:       a.bool("snapshotTransactionsEnabled"),
		TimestampUTC:               a.bool("timestampUtcEnabled"),
		Timezone:                   a.text("timezone"),
		TimeZoneBehavior:           a.text("timeZoneBehavior"),
	}
}

// requestedAttributes reads the attributes of a request without applying any: all are good, or none is applied. During a
// login the read-only compressionEnabled is let through, because real servers honour it there.
func (c *conn) requestedAttributes(raw json.RawMessage, version commands.Version, login bool) (object, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if raw[0] != '{' || json.Unmarshal(raw, &fields) != nil {
		return nil, wrongKind("/attributes", "an object")
	}
	for name := range fields {
		if info, ok := attributeTable[name]; !ok || info.Since > version {
			return nil, &SQLError{"00000", "Unknown attribute: " + name}
		}
	}
	var wanted object
	for _, info := range commands.AllAttributes() {
		raw, ok := fields[info.Name]
		if !ok || string(raw) == "null" {
			continue
		}
		if !info.Writable {
			c.violation("the client sent the read-only attribute %s", info.Name)
			atLogin := login && info.Name == "compressionEnabled"
			if !atLogin && (c.srv.cfg.ignoreReadOnly || c.isUnchanged(info, raw)) {
				continue
			}
			if !atLogin {
				return nil, &SQLError{"00000", "Attribute " + info.Name + " is read-only."}
			}
		}
		v, err := c.srv.cfg.readAttribute(info, raw)
		if err != nil {
			return nil, err
		}
		wanted.Set(info.Name, v)
	}
	return wanted, nil
}

// isUnchanged reports whether a read-only attribute is sent with the value that it has. Real servers let that pass: the
// Python driver of the protocol's authors sends back all attributes that it got but openTransaction.
func (c *conn) isUnchanged(info commands.AttributeInfo, raw json.RawMessage) bool {
	if c.sess == nil || info.Name == "openTransaction" {
		return false
	}
	v, err := c.srv.cfg.readAttribute(info, raw)
	return err == nil && v == c.sess.attributes()[info.Name]
}

func (c *config) readAttribute(info commands.AttributeInfo, raw json.RawMessage) (any, error) {
	pointer := "/attributes/" + info.Name
	switch info.Kind {
	case "bool":
		return boolAt(pointer, raw)
	case "string":
		return textAt(pointer, raw)
	}
	n, err := integerAt(pointer, raw)
	if err != nil {
		return nil, err
	}
	if n < 0 || info.Name == "queryTimeout" && n > c.release.maxQueryTimeout() {
		return nil, &SQLError{"42000", fmt.Sprintf("invalid value %d for attribute %s", n, info.Name)}
	}
	return n, nil
}

// ofBackend says which attributes a backend is told about.
func ofBackend(name string) bool {
	switch name {
	case "autocommit", "currentSchema", "numericCharacters", "snapshotTransactionsEnabled", "timestampUtcEnabled":
		return true
	}
	return false
}

// applyAttributes makes attributes that a client sent those of the session. It stops at the first one that fails.
func (c *conn) applyAttributes(ex *execution, wanted object) error {
	for _, m := range wanted {
		if m.Key == "currentSchema" {
			if err := c.srv.cfg.checkSchema(m.Value.(string)); err != nil {
				return err
			}
		}
		if c.sess.backend != nil && ofBackend(m.Key) {
			err := c.sess.withBackend(ex.ctx, func(b BackendSession) error { return b.Set(ex.ctx, m.Key, m.Value) })
			if err != nil {
				return err
			}
		}
		c.sess.set(m.Key, m.Value)
	}
	return nil
}

// checkSchema looks for a schema among those of [WithSchemas].
func (c *config) checkSchema(name string) error {
	if c.schemas == nil || name == "" {
		return nil
	}
	for _, s := range c.schemas {
		if s == name {
			return nil
		}
	}
	return &SQLError{"42000", "schema " + name + " not found [line 1, column 13]"}
}
