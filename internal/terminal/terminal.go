// Package terminal reads lines and secrets from a terminal. A context cancels a read at once.
package terminal

import (
	"context"
	"errors"
	"io"
)

// ErrTooLong is the error of a line that is longer than MaxLine bytes.
var ErrTooLong = errors.New("the line is too long")

// MaxLine is the largest length of a line in bytes.
const MaxLine = 4096

// IsTerminal reports whether f, such as os.Stdin, is a terminal.
func IsTerminal(f any) bool { return false }

// ReadLine prints a prompt and reads one line. It reads no byte after the line's end.
func ReadLine(ctx context.Context, in io.Reader, out io.Writer, prompt string) (string, error) {
	return "", errors.New("not built yet")
}

// ReadSecret is ReadLine without echo.
func ReadSecret(ctx context.Context, in io.Reader, out io.Writer, prompt string) (string, error) {
	return "", errors.New("not built yet")
}
