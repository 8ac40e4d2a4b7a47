package login_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
	"lastpost/internal/smapi/login"
	"lastpost/internal/smapi/smapitest"
)

const wait = 30 * time.Second

// An output collects what a command prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (o *output) requireText(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return bytes.Contains([]byte(o.String()), []byte(text)) }, wait, time.Millisecond, "%q", text)
}

// A harness is an operator with the fake of Amazon.
type harness struct {
	amazon *smapitest.Amazon
	out    *output
	debug  *output
	pauses []time.Duration
	o      login.SignInOptions
}

// newHarness returns an operator whose profile allows a free port, and is in the environment.
func newHarness(t *testing.T) *harness {
	t.Helper()
	return newHarnessOn(t, smapitest.New(t))
}

// newHarnessOn is newHarness with a fake that several tests share, because each fake makes RSA keys. It removes the fake's faults.
func newHarnessOn(t *testing.T, amazon *smapitest.Amazon) *harness {
	t.Helper()
	amazon.Heal()
	h := &harness{amazon: amazon, out: &output{}, debug: &output{}}
	id, secret := h.amazon.NewProfile()
	h.o = login.SignInOptions{Out: h.out, Port: freeport.Port(t), Options: login.Options{
		BaseURL: h.amazon.LWAURL, Debug: h.debug, Profile: login.Profile{ClientID: id, ClientSecret: secret},
		Store: login.CredentialStore{Dir: filepath.Join(t.TempDir(), "lastpost")},
		Pause: func(_ context.Context, d time.Duration) error {
			h.pauses = append(h.pauses, d)
			return nil
		},
	}}
	h.amazon.AllowReturnURL(id, h.returnURL())
	t.Cleanup(func() { h.requireNoSecret(t, "output: "+h.out.String(), "debug: "+h.debug.String()) })
	return h
}

func (h *harness) returnURL() string { return "http://127.0.0.1:" + strconv.Itoa(h.o.Port) + "/cb" }

// requireNoSecret searches the texts for every secret of the fake.
func (h *harness) requireNoSecret(t *testing.T, texts ...string) {
	t.Helper()
	secrets := h.amazon.Secrets()
	require.NotEmpty(t, secrets)
	for _, text := range texts {
		for _, secret := range secrets {
			require.NotContains(t, text, secret)
		}
	}
}

// start signs in, in the background.
func (h *harness) start(t *testing.T) <-chan error {
	t.Helper()
	return h.startUntil(t, t.Context())
}

func (h *harness) startUntil(t *testing.T, ctx context.Context) <-chan error { //nolint:revive // the test comes first
	t.Helper()
	results := make(chan error, 1)
	go func() { results <- login.SignIn(ctx, h.o) }()
	return results
}

var authorizeAddress = regexp.MustCompile(`http://\S+/ap/oa\?\S+`)

// address waits for the address that the command prints.
func (h *harness) address(t *testing.T) string {
	t.Helper()
	require.Eventually(t, func() bool { return authorizeAddress.MatchString(h.out.String()) }, wait, time.Millisecond)
	return authorizeAddress.FindString(h.out.String())
}

// consent plays the operator at Amazon's page and returns the URL that the browser is sent to.
func (h *harness) consent(t *testing.T) string {
	t.Helper()
	returned, err := h.amazon.OperatorConsents(h.address(t))
	require.NoError(t, err)
	return returned
}

// A page is an answer to the browser.
type page struct {
	status int
	header http.Header
	text   string
}

// browse opens an address without redirects.
func browse(t *testing.T, address string) page {
	t.Helper()
	got, err := tryBrowse(t.Context(), address)
	require.NoError(t, err)
	return got
}

func tryBrowse(ctx context.Context, address string) (page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return page{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return page{}, err
	}
	text, err := io.ReadAll(response.Body)
	return page{response.StatusCode, response.Header, string(text)}, errors.Join(err, response.Body.Close())
}

func receive(t *testing.T, results <-chan error) error {
	t.Helper()
	select {
	case err := <-results:
		return err
	case <-time.After(wait):
		require.FailNow(t, "the sign-in did not end")
		return nil
	}
}

// stored returns the stored credentials.
func (h *harness) stored(t *testing.T) login.Credentials {
	t.Helper()
	stored, err := h.o.Store.Load()
	require.NoError(t, err)
	return stored
}

// pipe returns an input that the test writes to, as a shell's pipe.
func pipe(t *testing.T) (in, writer *os.File) {
	t.Helper()
	in, writer, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = in.Close(), writer.Close() })
	return in, writer
}
