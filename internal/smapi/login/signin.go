package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/smapi"
	"lastpost/internal/terminal"
)

const (
	signInTimeout = 30 * time.Minute
	maxPastes     = 100 // lines
)

// SignInOptions are the options of SignIn.
type SignInOptions struct {
	Options
	In      io.Reader // such as os.Stdin. Reads of another type than *os.File must not block; nil: no input
	Out     io.Writer
	Scopes  []string      // nil: DeployScopes
	NoPKCE  bool          // if Amazon refuses PKCE
	Port    int           // of the listener; 0: 9090. Amazon's pages name 9090; whether it accepts others is unknown
	Timeout time.Duration // of the questions, and then of the wait for the browser; 0: 30 minutes
}

// A signIn is one sign-in: one state, one code verifier.
type signIn struct {
	SignInOptions
	client    *tokenClient
	authorize string // address of Amazon's page
	redirect  string // the return URL
	state     string
	verifier  string // "" without PKCE
}

// SignIn signs the operator in and stores the result. It asks for the client id and the client secret if neither the store nor
// the options have them. The answer comes from the browser to a listener of this machine, or from the operator, who pastes
// the browser's address. SignIn takes the one that comes first.
func SignIn(ctx context.Context, o SignInOptions) error {
	s, err := newSignIn(o)
	if err != nil {
		return err
	}
	stored, err := o.Store.Load()
	if err != nil {
		return err
	}
	profile, err := s.askProfileInTime(ctx, chooseProfile(o.Profile, stored.Profile))
	if err != nil {
		return err
	}
	if stored.RefreshToken == "" { // after a failure, the operator does not type the client again
		if err := o.Store.Save(ctx, Credentials{Profile: profile}); err != nil {
			return err
		}
	}
	answer, err := s.waitForReply(ctx, profile.ClientID)
	if err != nil {
		return err
	}
	if answer.refused != nil {
		return s.explainPKCE(answer.refused)
	}
	got, err := s.client.exchangeCode(ctx, profile, answer.code, s.redirect, s.verifier)
	if refused, ok := errors.AsType[*SignInError](err); ok && refused.Code == "invalid_client" {
		return errors.Join(err, s.forgetClient(ctx, profile))
	}
	if err != nil {
		return s.explainPKCE(err)
	}
	if got.refresh == "" {
		return errors.New("exchange Amazon's code for tokens: the answer has no refresh token. Sign in again; " +
			"if it persists, create a new security profile")
	}
	granted := grantedScopes(s.Scopes, answer.scope)
	if err := o.Store.Save(ctx, Credentials{profile, got.refresh, granted}); err != nil {
		return fmt.Errorf("store the sign-in: %w. Correct that and sign in again", err)
	}
	s.report(granted)
	return nil
}

// forgetClient removes a wrong client from the store, so that the next sign-in asks for it again. No stored refresh token works with
// a wrong client.
func (s *signIn) forgetClient(ctx context.Context, wrong Profile) error {
	stored, err := s.Store.Load()
	if err != nil || stored.Profile != wrong {
		return err
	}
	return s.Store.Save(ctx, Credentials{})
}

// explainPKCE adds a remedy to a refusal that Amazon's answer to PKCE can be. Whether Amazon accepts it, and how it refuses it, is
// unknown.
func (s *signIn) explainPKCE(err error) error {
	const flag = "--no-pkce"
	refused, ok := errors.AsType[*SignInError](err)
	if ok && refused.Code == "invalid_request" && s.verifier != "" && !strings.Contains(refused.Remedy, flag) {
		refused.Remedy = fmt.Sprintf("If Amazon refuses PKCE, run: %s. Otherwise: %s", s.command("--login "+flag), refused.Remedy)
	}
	return err
}

// report prints the result of the sign-in.
func (s *signIn) report(granted []string) {
	s.printf("Signed in. The client and the refresh token are in %s.\n", s.Store.Path())
	for _, scope := range s.Scopes {
		if !slices.Contains(granted, scope) {
			s.printf("Amazon did not grant the scope %s. Calls that need it fail.\n", scope)
		}
	}
	if s.RefreshToken != "" {
		s.printf("%s is set. It has priority over this sign-in until you unset it.\n", VariableRefreshToken)
	}
}

func newSignIn(o SignInOptions) (*signIn, error) {
	client, err := newTokenClient(o.Options)
	if err != nil {
		return nil, err
	}
	if o.Port == 0 {
		o.Port = defaultPort
	}
	if o.Timeout == 0 {
		o.Timeout = signInTimeout
	}
	if o.Scopes == nil {
		o.Scopes = DeployScopes()
	}
	s := &signIn{
		SignInOptions: o, client: client, authorize: DefaultAuthorizeURL, state: rand.Text(), // 130 bits
		redirect: "http://" + net.JoinHostPort(loopback, strconv.Itoa(o.Port)) + returnPath,
	}
	if o.BaseURL != "" {
		base, err := smapi.CheckBaseURL(VariableBaseURL, o.BaseURL)
		if err != nil {
			return nil, err
		}
		s.authorize = replaceHost(DefaultAuthorizeURL, base)
	}
	if !o.NoPKCE {
		s.verifier = rand.Text() + rand.Text() // RFC 7636 wants at least 43 characters
	}
	return s, nil
}

func (s *signIn) printf(format string, values ...any) { _, _ = fmt.Fprintf(s.Out, format, values...) }

// address returns the address of Amazon's page.
func (s *signIn) address(clientID string) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "scope": {strings.Join(s.Scopes, " ")},
		"redirect_uri": {s.redirect}, "state": {s.state},
	}
	if s.verifier != "" {
		challenge := sha256.Sum256([]byte(s.verifier))
		query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
		query.Set("code_challenge_method", "S256")
	}
	return s.authorize + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// waitForReply prints the address and waits for Amazon's answer.
func (s *signIn) waitForReply(ctx context.Context, clientID string) (reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf(
		"the browser did not come back within %s. Run: %s", s.Timeout, s.command("--login")))
	defer cancel()
	page, listenErr := startCallback(ctx, s.Port, s.state)
	if listenErr == nil {
		defer page.close()
	} else if s.In == nil {
		return reply{}, fmt.Errorf("wait at %s: %s. Stop the program that uses the port, or run the command in a terminal",
			s.redirect, describeListenError(listenErr))
	}
	s.explain(clientID, listenErr)
	return s.firstReply(ctx, page)
}

func (s *signIn) explain(clientID string, listenErr error) {
	s.printf("The client ID is %s. To use another client, run first: %s\n", clientID, s.command("--logout"))
	s.printf(`Open this address in a browser, and sign in with the account of the developer console:

%s

The security profile must have exactly this entry in "Allowed Return URLs" (Web Settings): %s
`, s.address(clientID), s.redirect)
	if s.verifier != "" {
		s.printf("If Amazon's page shows an error about code_challenge, run: %s\n", s.command("--login --no-pkce"))
	}
	if listenErr == nil {
		s.printf("At the end, Amazon sends the browser to that URL. This command waits there.\n")
	} else {
		s.printf("Another program may use the port, so this command cannot wait at that URL: %s.\n", describeListenError(listenErr))
	}
}

// pasteRequest asks for the address of the browser.
const pasteRequest = `If the browser shows an error or a foreign page at that URL, such as over SSH, copy its address from the address bar.
Paste it here and press Enter. It is not shown.
`

// firstReply waits for the browser and for the operator at the same time. page is nil if the port is taken.
func (s *signIn) firstReply(ctx context.Context, page *callback) (reply, error) {
	var replies chan reply
	var problems chan string
	if page != nil {
		replies, problems = page.replies, page.problems
	}
	input := s.startInput(ctx)
	defer input.close()
	paste := pasteReader{state: s.state}
	printed := map[string]bool{}
	pastes := 0
	for {
		select {
		case <-ctx.Done():
			return reply{}, context.Cause(ctx)
		case got := <-replies:
			return got, nil
		case problem := <-problems:
			if !printed[problem] { // a page in the browser can repeat it without end
				s.printf("The browser came back, but: %s\n", problem)
			}
			printed[problem] = true
		case line := <-input.lines:
			got, ok := paste.read(line)
			done := ok && got.problem == ""
			input.done <- done
			if done {
				return got, nil
			}
			if ok {
				s.printf("%s\n", got.problem)
			}
			if pastes++; pastes == maxPastes { // an input without end is not an operator
				return reply{}, errors.New("none of the pasted lines was the address. Sign in again")
			}
		case err := <-input.ended:
			input.ended = nil
			if page == nil {
				return reply{}, describePasteError(err)
			}
			if !errors.Is(err, io.EOF) && ctx.Err() == nil {
				s.printf("%v. This command still waits for the browser.\n", describePasteError(err))
			}
		}
	}
}

func describePasteError(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the input ended before the address was pasted. Sign in again")
	}
	return fmt.Errorf("read the pasted address: %w", err)
}

// A pastedInput reads lines without echo, in its own goroutine. The goroutine waits for done after each line.
type pastedInput struct {
	lines  chan string
	done   chan bool
	ended  chan error
	cancel context.CancelFunc
	exited chan struct{}
}

// startInput asks for the address and starts to read. Without input, no line ever comes.
func (s *signIn) startInput(ctx context.Context) *pastedInput {
	ctx, cancel := context.WithCancel(ctx)
	p := &pastedInput{make(chan string), make(chan bool, 1), make(chan error, 1), cancel, make(chan struct{})}
	if s.In == nil {
		close(p.exited)
		return p
	}
	asked := make(chan struct{})
	ask := func() {
		s.printf("%s", pasteRequest)
		close(asked)
	}
	go func() {
		defer close(p.exited)
		err := terminal.ReadSecrets(ctx, s.In, s.Out, ask, func(line string) bool {
			select {
			case p.lines <- line:
			case <-ctx.Done():
				return true
			}
			select {
			case done := <-p.done:
				return done
			case <-ctx.Done():
				return true
			}
		})
		if err != nil {
			p.ended <- err
		}
	}()
	select { // one goroutine at a time prints
	case <-asked:
	case <-p.exited:
	}
	return p
}

// close ends the read and waits until the terminal shows typed characters again.
func (p *pastedInput) close() {
	p.cancel()
	<-p.exited
}

// grantedScopes returns the requested scopes that Amazon has granted. Without a list in the answer, Amazon has granted all
// (RFC 6749, section 5.1). A paste with a line break can lack the spaces of the list.
func grantedScopes(requested []string, answer string) []string {
	if answer == "" {
		return requested
	}
	return slices.DeleteFunc(slices.Clone(requested), func(scope string) bool { return !strings.Contains(answer, scope) })
}
