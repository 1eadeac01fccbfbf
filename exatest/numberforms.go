package exatest

// Options for the forms in which numbers travel.

// WithDecimalsByValue writes whole DECIMAL values of up to 18 digits as JSON numbers, and longer ones as strings.
// Without this option the declared type decides, as on a real server: a column of at most 18 digits has numbers, and a
// larger one has strings, even for a value such as 42.
func WithDecimalsByValue() Option { return func(c *config) { c.numbers.byValue = true } }

// WithDecimalPoints writes DECIMAL values with a point, whatever the session's numericCharacters are. Without this
// option the first of the numericCharacters separates integer and fraction, as on a real server.
func WithDecimalPoints() Option { return func(c *config) { c.numbers.alwaysPoint = true } }

// WithIntegerDoubles writes whole DOUBLE values without a point, such as 3. Without this option they have a point, such
// as 3.0, or an exponent. Clients have seen both.
func WithIntegerDoubles() Option { return func(c *config) { c.numbers.integerDoubles = true } }

// DecimalReading says which decimal separator the text of a DECIMAL parameter must have. Any other is an exception with
// code 22018.
type DecimalReading int

// These are the readings of a DECIMAL parameter. It is not known which of the two a real server uses.
const (
	SessionSeparator DecimalReading = iota // the first of the session's numericCharacters
	PointSeparator                         // a point, whatever the session says
)

// WithDecimalReading sets how the text of DECIMAL parameters is read. The default is [SessionSeparator]. A DECIMAL that
// is sent as a JSON number always has a point, as JSON demands.
func WithDecimalReading(r DecimalReading) Option { return func(c *config) { c.numbers.params = r } }

// WithDecimalNumbersAsDoubles reads DECIMAL parameters that are JSON numbers with a point or an exponent as a DOUBLE
// and rounds that to the scale of the parameter: digits after the fifteenth can get lost. Without this option they are
// exact. It is not known which of the two a real server does.
func WithDecimalNumbersAsDoubles() Option { return func(c *config) { c.numbers.paramDoubles = true } }
