package exatest

// Options for the forms in which numbers travel.

// WithDecimalsByValue writes whole DECIMAL values of up to 18 digits as JSON numbers, and longer ones as strings. Without it the
// declared type decides, as it does on a real server: numbers where the precision is at most 18, strings where it is
// larger, also for 42.
func WithDecimalsByValue() Option { return func(c *config) { c.numbers.byValue = true } }

// WithDecimalPoints writes DECIMAL values with a point, whatever the session's numericCharacters are. Without it their first
// character stands between integer and fraction, as on a real server.
func WithDecimalPoints() Option { return func(c *config) { c.numbers.alwaysPoint = true } }

// WithIntegerDoubles writes whole DOUBLE values without a point, as 3. Without it they have one, as 3.0, or an exponent. Clients
// have seen both.
func WithIntegerDoubles() Option { return func(c *config) { c.numbers.integerDoubles = true } }

// DecimalReading says which decimal separator the text of a DECIMAL parameter must have. Any other is an exception with
// code 22018.
type DecimalReading int

// The readings of a DECIMAL parameter. Which one a real server uses is not known.
const (
	SessionSeparator DecimalReading = iota // the first of the session's numericCharacters
	PointSeparator                         // a point, whatever the session says
)

// WithDecimalReading sets how the text of DECIMAL parameters is read. The default is [SessionSeparator]. A DECIMAL that is
// sent as a JSON number has the point of JSON either way.
func WithDecimalReading(r DecimalReading) Option { return func(c *config) { c.numbers.params = r } }

// WithDecimalNumbersAsDoubles reads the JSON numbers of DECIMAL parameters as a DOUBLE if they have a point or an exponent, and
// rounds that to the scale of the parameter: digits behind the fifteenth can get lost. Without it they are exact. It is not
// known which of the two a real server does.
func WithDecimalNumbersAsDoubles() Option { return func(c *config) { c.numbers.paramDoubles = true } }
