package login_test

import (
	"context"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"lastpost/internal/smapi/login"
)

// A console is the terminal of an operator.
type console struct{ person, in *os.File }

func newConsole(t *testing.T, h *harness) console {
	t.Helper()
	person, in, err := pty.Open()
	require.NoError(t, err)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		buffer := make([]byte, 4096)
		for {
			n, err := person.Read(buffer)
			_, _ = h.out.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, person.Close())
		<-shown
	})
	h.o.In, h.o.Out = in, in
	return console{person, in}
}

func (c console) typeText(t *testing.T, text string) {
	t.Helper()
	_, err := c.person.WriteString(text)
	require.NoError(t, err)
}

// TestTerminalAsksAndHides types the client, its secret and the address at a terminal. The cleanup of the harness finds secrets
// that the terminal has shown.
func TestTerminalAsksAndHides(t *testing.T) {
	h := newHarness(t)
	profile := h.o.Profile
	h.o.Profile = login.Profile{}
	c := newConsole(t, h)
	result := h.start(t)
	h.out.requireText(t, "Client ID: ")
	c.typeText(t, "amzn1.application.0123\r")
	h.out.requireText(t, "This is the id of the security profile")
	c.typeText(t, "two words\r")
	h.out.requireText(t, "Copy the client ID, and nothing else")
	c.typeText(t, "  "+profile.ClientID+" \r")
	h.out.requireText(t, "Client secret (not shown): ")
	c.waitHidden(t)
	c.typeText(t, profile.ClientID+"\r")
	h.out.requireText(t, "This is an id.")
	c.waitHidden(t)
	c.typeText(t, profile.ClientSecret+"\r")
	returned := h.consent(t)
	h.out.requireText(t, "Paste it here and press Enter")
	c.waitHidden(t)
	c.typeText(t, returned+"\r")
	require.NoError(t, receive(t, result))
	require.Equal(t, profile, h.stored(t).Profile)
	require.True(t, c.echoes(t))
}

// TestBrowserIsFasterThanPaste leaves a half-typed address. The terminal must show typed characters again.
func TestBrowserIsFasterThanPaste(t *testing.T) {
	h := newHarness(t)
	c := newConsole(t, h)
	result := h.start(t)
	returned := h.consent(t)
	c.waitHidden(t)
	c.typeText(t, returned[:len(returned)/2])
	browse(t, returned)
	require.NoError(t, receive(t, result))
	require.True(t, c.echoes(t))
}

func TestCancelRestoresTerminal(t *testing.T) {
	h := newHarness(t)
	c := newConsole(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	result := h.startUntil(t, ctx)
	h.address(t)
	c.waitHidden(t)
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
	require.True(t, c.echoes(t))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(h.o.Port))
	require.NoError(t, err, "the port is free again")
	require.NoError(t, listener.Close())
}

// echoes reports whether a terminal shows typed characters.
func (c console) echoes(t *testing.T) bool {
	t.Helper()
	raw, err := c.in.SyscallConn()
	require.NoError(t, err)
	var state *unix.Termios
	require.NoError(t, raw.Control(func(fd uintptr) { state, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) }))
	require.NoError(t, err)
	return state.Lflag&unix.ECHO != 0
}

func (c console) waitHidden(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return !c.echoes(t) }, wait, time.Millisecond)
}
