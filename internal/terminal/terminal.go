// Package terminal reads lines and secrets from a terminal. The end of a context ends a read at once, and the terminal shows
// typed characters again. The package does not edit lines: the terminal does.
package terminal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// MaxLine is the largest length of a line in bytes.
const MaxLine = 4096

// ErrTooLong is the error of a line that is longer than MaxLine.
var ErrTooLong = errors.New("the line is too long")

// IsTerminal reports whether a stream, such as os.Stdin, is a terminal.
func IsTerminal(stream any) bool {
	file, _ := stream.(*os.File) // the state of a nil file is an error
	_, err := readState(file)
	return err == nil
}

// ReadLine prints a prompt and reads one line, without the line's end. It reads no byte after that. The last line may lack its
// end; after it, the error is io.EOF. Only the read of an *os.File ends with the context: other readers should not block.
func ReadLine(ctx context.Context, in io.Reader, out io.Writer, prompt string) (string, error) {
	_, _ = fmt.Fprint(out, prompt)
	var line string
	err := withByteReader(ctx, in, func(read byteReader) (err error) {
		line, err = readLine(read)
		return err
	})
	if err != nil && IsTerminal(in) {
		_, _ = fmt.Fprintln(out) // the prompt is still open
	}
	return line, err
}

// ReadSecret is ReadLine without echo. It prints the prompt when the echo is off.
func ReadSecret(ctx context.Context, in io.Reader, out io.Writer, prompt string) (string, error) {
	var secret string
	err := ReadSecrets(ctx, in, out, func() { _, _ = fmt.Fprint(out, prompt) }, func(line string) bool {
		secret = line
		return true
	})
	return secret, err
}

// ReadSecrets reads lines without echo until accept returns true. It calls ask when the echo is off: a fast answer to a question
// that was printed before would be shown. Echo stays off between the lines of a paste. At the end it discards the lines that
// the terminal has received but accept has not, so that the shell does not get them.
func ReadSecrets(ctx context.Context, in io.Reader, out io.Writer, ask func(), accept func(line string) bool) (err error) {
	if IsTerminal(in) {
		restore, err := hideInput(in.(*os.File))
		if err != nil {
			return fmt.Errorf("turn off the echo of the terminal: %w", err)
		}
		defer func() {
			_, _ = fmt.Fprintln(out) // the operator's Enter was not shown either
			err = cmp.Or(err, restore())
		}()
	}
	ask()
	return withByteReader(ctx, in, func(read byteReader) error {
		for {
			line, err := readLine(read)
			if err != nil {
				return err
			}
			if accept(line) {
				return nil
			}
		}
	})
}

// A byteReader returns the next byte of the input, or io.EOF.
type byteReader func() (byte, error)

// readLine reads up to the end of a line.
func readLine(read byteReader) (string, error) {
	var line strings.Builder
	for {
		next, err := read()
		switch {
		case errors.Is(err, io.EOF) && line.Len() > 0:
			return line.String(), nil
		case err != nil:
			return "", err
		case next == '\n':
			return strings.TrimSuffix(line.String(), "\r"), nil
		case line.Len() == MaxLine:
			return "", ErrTooLong
		}
		line.WriteByte(next)
	}
}

// withByteReader calls use with a reader of in that ends with the context.
func withByteReader(ctx context.Context, in io.Reader, use func(byteReader) error) error {
	file, ok := in.(*os.File)
	if !ok {
		return use(func() (byte, error) {
			var buffer [1]byte
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			_, err := io.ReadFull(in, buffer[:])
			return buffer[0], err
		})
	}
	return withDescriptor(file, func(fd int) error {
		return withWakeUp(ctx, func(wake int) error {
			return use(func() (byte, error) { return readByte(ctx, fd, wake) })
		})
	})
}

// withWakeUp calls use with a descriptor that becomes readable when the context ends.
func withWakeUp(ctx context.Context, use func(wake int) error) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = writer.Close()
		close(closed)
	})
	err = withDescriptor(reader, use)
	if stop() {
		_ = writer.Close()
	} else {
		<-closed
	}
	return cmp.Or(err, reader.Close())
}

// withDescriptor calls use with the descriptor of a file. It does not change the mode of the descriptor, as File.Fd can.
func withDescriptor(file *os.File, use func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var used error
	err = raw.Control(func(fd uintptr) { used = use(int(fd)) })
	return cmp.Or(used, err)
}

// readByte waits for a byte of fd or for wake. It uses select, because poll does not work for terminals of macOS.
func readByte(ctx context.Context, fd, wake int) (byte, error) {
	if max(fd, wake) >= unix.FD_SETSIZE {
		return 0, errors.New("read the input: the process has too many open files")
	}
	for {
		var ready unix.FdSet
		ready.Set(fd)
		ready.Set(wake)
		_, err := unix.Select(max(fd, wake)+1, &ready, nil, nil, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, fmt.Errorf("wait for input: %w", err)
		case ctx.Err() != nil:
			return 0, context.Cause(ctx)
		case !ready.IsSet(fd):
			continue
		}
		var buffer [1]byte
		n, err := unix.Read(fd, buffer[:])
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil:
			return 0, fmt.Errorf("read the input: %w", err)
		case n == 0:
			return 0, io.EOF
		}
		return buffer[0], nil
	}
}

// readState returns the settings of a terminal.
func readState(file *os.File) (state *unix.Termios, err error) {
	err = withDescriptor(file, func(fd int) (err error) {
		state, err = unix.IoctlGetTermios(fd, getState)
		return err
	})
	return state, err
}

// hideInput turns off the echo of a terminal. restore sets the old state and discards input that was not read.
func hideInput(file *os.File) (restore func() error, err error) {
	old, err := readState(file)
	if err != nil {
		return nil, err
	}
	hidden := *old
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	hidden.Cc[unix.VSUSP] = noCharacter // Ctrl-Z would leave the shell without echo
	return func() error { return writeState(file, setStateAndFlush, old) }, writeState(file, setState, &hidden)
}

func writeState(file *os.File, request uint, state *unix.Termios) error {
	return withDescriptor(file, func(fd int) error { return unix.IoctlSetTermios(fd, request, state) })
}
