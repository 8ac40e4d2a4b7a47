package smapi

// An Error is an error that Amazon answered, or an answer that cannot be from Amazon.
type Error struct {
	Call         string // such as "list the vendors"
	Method, Path string
	Status       int // the HTTP status
	Code         string
	Message      string
	Violations   []Problem
	RequestID    string
	Remedy       string
}

func (e *Error) Error() string { return e.Message }

// A LostAnswerError means that it is unknown whether Amazon acted: the connection broke after the request was perhaps sent.
type LostAnswerError struct{ Err error }

func (e *LostAnswerError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *LostAnswerError) Unwrap() error { return e.Err }

// An ImportRunningError means that Amazon refused an import, because another import of the skill is running.
type ImportRunningError struct {
	ImportID string // "": Amazon did not say it
	Err      *Error
}

func (e *ImportRunningError) Error() string { return e.Err.Error() }

// Unwrap returns Amazon's answer.
func (e *ImportRunningError) Unwrap() error { return e.Err }

// IsNotFound reports whether an error means that the resource does not exist.
func IsNotFound(err error) bool { return false }

// Status returns the HTTP status of an *Error in err's chain, or 0.
func Status(err error) int { return 0 }
