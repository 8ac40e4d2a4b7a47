package terminal_test

import (
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"lastpost/internal/terminal"
)

// TestSignalsDoNotEndRead resizes the window of the terminal 100 times while a line is read.
func TestSignalsDoNotEndRead(t *testing.T) {
	in, writer, err := os.Pipe()
	require.NoError(t, err)
	threads := make(chan int, 1)
	answers := inBackground(func() (string, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		threads <- unix.Gettid()
		return terminal.ReadLine(t.Context(), in, io.Discard, "")
	})
	thread := <-threads
	for range 100 {
		require.NoError(t, unix.Tgkill(os.Getpid(), thread, unix.SIGWINCH))
		time.Sleep(100 * time.Microsecond)
	}
	require.Empty(t, answers)
	_, err = writer.WriteString("resized\n")
	require.NoError(t, err)
	require.Equal(t, answer{"resized", nil}, receive(t, answers))
	require.NoError(t, in.Close())
	require.NoError(t, writer.Close())
}
