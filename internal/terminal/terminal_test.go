package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"lastpost/internal/terminal"
)

const wait = 30 * time.Second

// A screen is a pseudo-terminal with a person in front of it.
type screen struct {
	t             *testing.T
	person, input *os.File
	before        unix.Termios

	mu    sync.Mutex
	shown bytes.Buffer
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	person, input, err := pty.Open()
	require.NoError(t, err)
	s := &screen{t: t, person: person, input: input}
	s.before = s.state()
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(s, person) })
	t.Cleanup(func() {
		require.NoError(t, input.Close())
		require.NoError(t, person.Close())
		reading.Wait()
	})
	return s
}

// Write collects what the terminal shows.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(b)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

func (s *screen) state() unix.Termios {
	s.t.Helper()
	raw, err := s.input.SyscallConn()
	require.NoError(s.t, err)
	var state *unix.Termios
	require.NoError(s.t, raw.Control(func(fd uintptr) { state, err = unix.IoctlGetTermios(int(fd), terminal.GetState) }))
	require.NoError(s.t, err)
	return *state
}

func (s *screen) echoes() bool { return s.state().Lflag&unix.ECHO != 0 }

func (s *screen) requireShown(text string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return strings.Contains(s.text(), text) }, wait, time.Millisecond, "%q", text)
}

// typeHidden types a text when the terminal has stopped to show typed characters.
func (s *screen) typeHidden(text string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return !s.echoes() }, wait, time.Millisecond)
	s.typeText(text)
}

func (s *screen) typeText(text string) {
	s.t.Helper()
	_, err := s.person.WriteString(text)
	require.NoError(s.t, err)
}

type answer struct {
	text string
	err  error
}

func inBackground(read func() (string, error)) <-chan answer {
	answers := make(chan answer, 1)
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	return answers
}

func receive(t *testing.T, answers <-chan answer) answer {
	t.Helper()
	select {
	case a := <-answers:
		return a
	case <-time.After(wait):
		t.Fatal("the read did not end")
		return answer{}
	}
}

func TestSecretIsNotShown(t *testing.T) {
	s := newScreen(t)
	answers := inBackground(func() (string, error) { return terminal.ReadSecret(t.Context(), s.input, s.input, "Secret: ") })
	s.requireShown("Secret: ")
	s.typeHidden("correct horx\x7fse\r")
	require.Equal(t, answer{"correct horse", nil}, receive(t, answers), "the terminal corrects typing errors")
	require.Equal(t, s.before, s.state())
	s.requireShown("Secret: \r\n")

	answers = inBackground(func() (string, error) { return terminal.ReadLine(t.Context(), s.input, s.input, "Name: ") })
	s.requireShown("Name: ")
	s.typeText("battery\r")
	require.Equal(t, answer{"battery", nil}, receive(t, answers))
	s.typeText("end")
	s.requireShown("Secret: \r\nName: battery\r\nend")
	require.NotContains(t, s.text(), "hors")
}

// An echoProbe notes whether the terminal shows typed characters while something is printed.
type echoProbe struct {
	screen *screen
	echoes []bool
}

func (p *echoProbe) Write(text []byte) (int, error) {
	p.echoes = append(p.echoes, p.screen.echoes())
	return len(text), nil
}

// TestEchoIsOffBeforeThePrompt requires that a secret which is typed at once after the prompt is not shown.
func TestEchoIsOffBeforeThePrompt(t *testing.T) {
	s := newScreen(t)
	probe := &echoProbe{screen: s}
	answers := inBackground(func() (string, error) { return terminal.ReadSecret(t.Context(), s.input, probe, "Secret: ") })
	s.typeHidden("battery\r")
	require.Equal(t, answer{"battery", nil}, receive(t, answers))
	require.Equal(t, []bool{false, false}, probe.echoes, "the prompt and the line's end")
}

// TestPasteIsNotShownOrLeft pastes lines with a line break. Nothing is shown between them, and the shell gets none of the rest.
func TestPasteIsNotShownOrLeft(t *testing.T) {
	s := newScreen(t)
	var lines []string
	answers := inBackground(func() (string, error) {
		return "", terminal.ReadSecrets(t.Context(), s.input, s.input, func() {}, func(line string) bool {
			lines = append(lines, line)
			return len(lines) == 2
		})
	})
	s.typeHidden("first\rsecond\rthird\r")
	require.NoError(t, receive(t, answers).err)
	require.Equal(t, []string{"first", "second"}, lines)

	answers = inBackground(func() (string, error) { return terminal.ReadLine(t.Context(), s.input, s.input, "shell> ") })
	s.requireShown("shell> ")
	s.typeText("ls\r")
	require.Equal(t, answer{"ls", nil}, receive(t, answers))
	for _, secret := range []string{"first", "second", "third"} {
		require.NotContains(t, s.text(), secret)
	}
}

func TestContextEndsReadAndRestoresTerminal(t *testing.T) {
	cause := errors.New("the browser was faster")
	for name, read := range map[string]func(context.Context, *screen) error{
		"secret": func(ctx context.Context, s *screen) error {
			_, err := terminal.ReadSecret(ctx, s.input, s.input, "> ")
			return err
		},
		"secrets": func(ctx context.Context, s *screen) error {
			return terminal.ReadSecrets(ctx, s.input, s.input, func() {}, func(string) bool { return false })
		},
		"line": func(ctx context.Context, s *screen) error {
			_, err := terminal.ReadLine(ctx, s.input, s.input, "> ")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			answers := inBackground(func() (string, error) { return "", read(ctx, s) })
			if name == "line" {
				s.requireShown("> ")
			} else {
				s.typeHidden("half")
			}
			cancel(cause)
			require.ErrorIs(t, receive(t, answers).err, cause)
			require.Equal(t, s.before, s.state())
			s.requireShown("\r\n")
			require.NotContains(t, s.text(), "half")

			require.ErrorIs(t, read(ctx, s), cause, "a context that has ended")
			require.Equal(t, s.before, s.state())
		})
	}
}

func TestEndOfInputRestoresTerminal(t *testing.T) {
	s := newScreen(t)
	answers := inBackground(func() (string, error) { return terminal.ReadSecret(t.Context(), s.input, s.input, "") })
	s.typeHidden("\x04")
	require.Equal(t, answer{"", io.EOF}, receive(t, answers))
	require.Equal(t, s.before, s.state())
}

// childVariable makes the test binary read a secret as a program does: a signal ends the context.
const childVariable = "TERMINAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT)
	defer stop()
	if _, err := terminal.ReadSecret(ctx, os.Stdin, os.Stdout, "Secret: "); err != nil {
		os.Exit(3)
	}
	os.Exit(0)
}

// TestInterruptRestoresTerminal presses Ctrl-C. Ctrl-Z before it has no effect: a stopped program would leave the shell without
// echo.
func TestInterruptRestoresTerminal(t *testing.T) {
	s := newScreen(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stdin, child.Stdout, child.Stderr = s.input, s.input, s.input
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, child.Start())
	s.requireShown("Secret: ")
	s.typeHidden("half\x1a\x03")
	require.Error(t, child.Wait())
	require.Equal(t, 3, child.ProcessState.ExitCode(), s.text())
	require.Equal(t, s.before, s.state())
	require.NotContains(t, s.text(), "half")
}

func TestInputWithoutTerminal(t *testing.T) {
	long := strings.Repeat("a", terminal.MaxLine)
	for _, tc := range []struct {
		name, input string
		want        []answer
	}{
		{"two lines", "one\ntwo\n", []answer{{"one", nil}, {"two", nil}, {"", io.EOF}}},
		{"line ends of Windows", "one\r\n\r\n", []answer{{"one", nil}, {"", nil}, {"", io.EOF}}},
		{"last line without its end", "one\ntwo", []answer{{"one", nil}, {"two", nil}, {"", io.EOF}}},
		{"no input", "", []answer{{"", io.EOF}}},
		{"longest line", long + "\n", []answer{{long, nil}}},
		{"line that is too long", long + "a\n", []answer{{"", terminal.ErrTooLong}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file, err := os.CreateTemp(t.TempDir(), "")
			require.NoError(t, err)
			_, err = file.WriteString(tc.input)
			require.NoError(t, err)
			_, err = file.Seek(0, io.SeekStart)
			require.NoError(t, err)
			pipe, writer, err := os.Pipe()
			require.NoError(t, err)
			_, err = writer.WriteString(tc.input)
			require.NoError(t, errors.Join(err, writer.Close()))

			for kind, in := range map[string]io.Reader{"file": file, "pipe": pipe, "reader": strings.NewReader(tc.input)} {
				require.False(t, terminal.IsTerminal(in))
				for _, want := range tc.want {
					var out strings.Builder
					text, err := terminal.ReadSecret(t.Context(), in, &out, "Secret: ")
					require.Equal(t, want, answer{text, err}, kind)
					require.Equal(t, "Secret: ", out.String())
				}
			}
			require.NoError(t, errors.Join(file.Close(), pipe.Close()))
			var out strings.Builder
			_, err = terminal.ReadLine(t.Context(), file, &out, "> ")
			require.ErrorContains(t, err, "closed")
			require.Equal(t, "> ", out.String())
		})
	}
}

// TestReadLeavesNextLines reads one line of a pipe. The rest is for other readers of the pipe.
func TestReadLeavesNextLines(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	_, err = writer.WriteString("one\ntwo\n")
	require.NoError(t, errors.Join(err, writer.Close()))
	text, err := terminal.ReadLine(t.Context(), reader, io.Discard, "")
	require.NoError(t, err)
	require.Equal(t, "one", text)
	rest, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, "two\n", string(rest))
}

func TestContextEndsReadOfPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	answers := inBackground(func() (string, error) { return terminal.ReadSecret(ctx, reader, io.Discard, "") })
	require.ErrorIs(t, receive(t, answers).err, context.DeadlineExceeded)
	require.NoError(t, errors.Join(reader.Close(), writer.Close()))

	_, err = terminal.ReadLine(ctx, strings.NewReader("one\n"), io.Discard, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestFileWithALargeNumber reads a file that select(2) cannot wait for.
func TestFileWithALargeNumber(t *testing.T) {
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer func() { require.NoError(t, null.Close()) }()
	fd, err := unix.FcntlInt(null.Fd(), unix.F_DUPFD_CLOEXEC, unix.FD_SETSIZE)
	require.NoError(t, err)
	large := os.NewFile(uintptr(fd), "large")
	_, err = terminal.ReadLine(t.Context(), large, io.Discard, "")
	require.ErrorContains(t, err, "too many open files")
	require.NoError(t, large.Close())
}

func TestIsTerminal(t *testing.T) {
	s := newScreen(t)
	require.True(t, terminal.IsTerminal(s.input))
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	require.False(t, terminal.IsTerminal(null))
	require.NoError(t, null.Close())
	require.False(t, terminal.IsTerminal(null))
	var missing *os.File
	require.False(t, terminal.IsTerminal(missing))
	require.False(t, terminal.IsTerminal(nil))
}
