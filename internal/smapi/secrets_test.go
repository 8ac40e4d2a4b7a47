package smapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	plainToken    = "An.Access+Token/Without-A=Prefix"
	clientSecret  = `cl1ent's/"secret"&<x>`
	userID        = "amzn1.ask.account.AFLISTENERIDOFTHEACCOUNT"
	apiToken      = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2FwaS5hbWF6b25hbGV4YS5jb20ifQ.c2lnbmF0dXJl"
	signature     = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
	sessionSecret = "FwoGZXIvYXdzEXAMPLE+/Session=="
)

// everyCall has each method of the client, by its name.
var everyCall = map[string]func(t *testing.T, c *Client, location string) error{
	"Vendors": func(t *testing.T, c *Client, _ string) error { _, err := c.Vendors(t.Context()); return err },
	"Skills":  func(t *testing.T, c *Client, _ string) error { _, err := c.Skills(t.Context(), vendorID); return err },
	"Upload": func(t *testing.T, c *Client, _ string) error {
		_, err := c.Upload(t.Context(), []byte("zip"))
		return err
	},
	"Import":   func(t *testing.T, c *Client, _ string) error { _, err := c.Import(t.Context(), importID); return err },
	"Manifest": func(t *testing.T, c *Client, _ string) error { _, err := c.Manifest(t.Context(), skillID); return err },
	"Model": func(t *testing.T, c *Client, _ string) error {
		_, err := c.Model(t.Context(), skillID, "en-US")
		return err
	},
	"ModelETag": func(t *testing.T, c *Client, _ string) error {
		_, err := c.ModelETag(t.Context(), skillID, "en-US")
		return err
	},
	"Status":    func(t *testing.T, c *Client, _ string) error { _, err := c.Status(t.Context(), skillID); return err },
	"IsEnabled": func(t *testing.T, c *Client, _ string) error { _, err := c.IsEnabled(t.Context(), skillID); return err },
	"Enable":    func(t *testing.T, c *Client, _ string) error { return c.Enable(t.Context(), skillID) },
	"Simulation": func(t *testing.T, c *Client, _ string) error {
		_, err := c.Simulation(t.Context(), skillID, "s1")
		return err
	},
	"SetCertificate": func(t *testing.T, c *Client, _ string) error { return c.SetCertificate(t.Context(), skillID, "PEM") },
	"AccountLinking": func(t *testing.T, c *Client, _ string) error {
		_, err := c.AccountLinking(t.Context(), skillID)
		return err
	},
	"CreateByImport": func(t *testing.T, c *Client, location string) error {
		_, err := c.CreateByImport(t.Context(), vendorID, location)
		return err
	},
	"UpdateByImport": func(t *testing.T, c *Client, location string) error {
		_, err := c.UpdateByImport(t.Context(), skillID, location)
		return err
	},
	"SetManifest": func(t *testing.T, c *Client, _ string) error {
		return c.SetManifest(t.Context(), skillID, []byte(`{"manifest":{}}`), "")
	},
	"Simulate": func(t *testing.T, c *Client, _ string) error {
		_, err := c.Simulate(t.Context(), skillID, "en-US", "open half elf")
		return err
	},
	"Invoke": func(t *testing.T, c *Client, _ string) error {
		request, err := json.Marshal(map[string]any{"context": map[string]any{"System": map[string]any{
			"user": map[string]string{"userId": userID}, "apiAccessToken": apiToken}}})
		if err != nil {
			return err
		}
		_, err = c.Invoke(t.Context(), skillID, request)
		return err
	},
	"SetAccountLinking": func(t *testing.T, c *Client, _ string) error {
		request, err := json.Marshal(map[string]string{"clientId": "lastpost", "clientSecret": clientSecret})
		if err != nil {
			return err
		}
		_, err = c.SetAccountLinking(t.Context(), skillID, request, "")
		return err
	},
}

// echo is all that a request has, in the encodings of error pages. A server may repeat it in an error.
func echo(r *http.Request, body []byte) string {
	text := r.Header.Get("Authorization") + " " + r.URL.String() + " http://" + r.Host + r.RequestURI + " " + string(body)
	var request struct{ Location, ClientSecret string }
	_ = json.Unmarshal(body, &request)
	var linking struct{ AccountLinkingRequest struct{ ClientSecret string } }
	_ = json.Unmarshal(body, &linking)
	text += " " + request.Location + " " + linking.AccountLinkingRequest.ClientSecret
	return text + " " + url.QueryEscape(text) + " " + html.EscapeString(text) + " " + fmt.Sprintf("%q", text)
}

// tellers are answers that repeat the request.
var tellers = map[string]func(w http.ResponseWriter, r *http.Request, text string){
	"success": func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Location", "/v1/skills/imports/"+importID)
		status := 200
		if r.Method == http.MethodPut || r.Method == http.MethodHead {
			status = 204
		}
		answerJSON(w, status, `{"vendors":[{"id":"M2"}],"id":"s1","status":"FAILED","uploadUrl":"`+uploadURLOf(r)+`",
			"result":{"skillExecutionInfo":{"invocations":[{"invocationRequest":{"body":{"session":{"user":{"userId":"`+userID+`"}},
			"apiAccessToken":"`+apiToken+`"}}}]},"error":{"message":"token `+apiToken+` of `+firstToken+`"}}}`)
	},
	"a JSON error": func(w http.ResponseWriter, r *http.Request, text string) {
		if strings.HasPrefix(r.URL.Path, "/v1/skills/uploads") {
			answerJSON(w, 201, `{"uploadUrl":"`+uploadURLOf(r)+`"}`)
			return
		}
		w.Header().Set("WWW-Authenticate", firstToken)
		w.Header().Set("Server", text)
		violation := map[string]any{"code": text, "message": text, "validationDetails": map[string]any{
			"originalInstance": map[string]string{"propertyPath": text}, "reason": map[string]string{"type": text}}}
		body, _ := json.Marshal(map[string]any{"code": text, "message": text, "violations": []any{violation, text}})
		answerJSON(w, 400, string(body))
	},
	"a refused token": func(w http.ResponseWriter, _ *http.Request, text string) {
		body, _ := json.Marshal(map[string]any{"message": text})
		answerJSON(w, 401, string(body))
	},
	"a fault": func(w http.ResponseWriter, _ *http.Request, text string) {
		w.Header().Set("X-Amzn-Requestid", text)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, text)
	},
	"a page": func(w http.ResponseWriter, _ *http.Request, text string) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><title>"+text+"</title>"+text)
	},
	"XML": func(w http.ResponseWriter, _ *http.Request, text string) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<Error><Code>"+html.EscapeString(text)+"</Code><Message>"+html.EscapeString(text)+"</Message></Error>")
	},
	"broken JSON": func(w http.ResponseWriter, r *http.Request, text string) {
		quoted, _ := json.Marshal(text)
		answerJSON(w, 200, `{"uploadUrl":"`+uploadURLOf(r)+`","x":`+string(quoted))
	},
	"a redirect": func(w http.ResponseWriter, r *http.Request, text string) {
		w.Header().Set("Location", "https://"+strings.ToLower(r.Method)+".example/?"+url.QueryEscape(text)+"&url="+uploadURLOf(r))
		w.WriteHeader(http.StatusFound)
	},
	"a bad redirect": func(w http.ResponseWriter, _ *http.Request, text string) {
		w.Header()["Location"] = []string{"https://%zz" + text}
		w.WriteHeader(http.StatusFound)
	},
	"a status line": func(w http.ResponseWriter, _ *http.Request, text string) {
		connection, buffer, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = buffer.WriteString("HTTP/1.1 418 " + strings.ReplaceAll(text, "\n", " ") + "\r\nContent-Length: 0\r\n\r\n")
			_ = buffer.Flush()
			_ = connection.Close()
		}
	},
	"a cut answer": func(w http.ResponseWriter, _ *http.Request, text string) { cutBody(w, 200, text) },
	"no HTTP": func(w http.ResponseWriter, _ *http.Request, text string) {
		connection, buffer, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = buffer.WriteString(text + "\r\n\r\n")
			_ = buffer.Flush()
			_ = connection.Close()
		}
	},
}

func uploadURLOf(r *http.Request) string {
	return "http://" + r.Host + "/packages/PACKAGEOFTHEOPERATOR?X-Amz-Signature=" + signature + "&X-Amz-Security-Token=" + url.QueryEscape(sessionSecret)
}

// needles are the texts that no output may have.
func needles(location string) []string {
	var found []string
	for _, secret := range []string{plainToken, firstToken, secondToken, strings.TrimPrefix(firstToken, "Atza|"), clientSecret, userID, apiToken, signature, sessionSecret,
		location, "PACKAGEOFTHEOPERATOR"} {
		found = append(found, encodings(secret)...)
	}
	return found
}

// A lockedBuffer is a debug output that several goroutines use.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

func TestNoOutputHasASecret(t *testing.T) {
	client := reflect.TypeFor[*Client]()
	for i := range client.NumMethod() {
		require.Contains(t, everyCall, client.Method(i).Name, "add the method to everyCall")
	}
	for call, send := range everyCall {
		for teller, answer := range tellers {
			for _, debug := range []bool{true, false} {
				requireNoSecretOf(t, call+", "+teller, send, answer, debug)
			}
		}
	}
}

// requireNoSecretOf makes a call and searches the error, and the debug output, for secrets.
func requireNoSecretOf(t *testing.T, name string, send func(*testing.T, *Client, string) error,
	answer func(http.ResponseWriter, *http.Request, string), debug bool) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer(w, r, echo(r, body))
	}))
	defer s.Close()
	var log lockedBuffer
	var output io.Writer
	if debug {
		output = &log
	}
	c := newTestClient(t, s.URL, output)
	c.tokens.current = plainToken
	location := s.URL + "/packages/PACKAGEOFTHEOPERATOR?X-Amz-Signature=" + signature
	texts := errorTexts(send(t, c.Client, location)) + log.text()
	require.Equal(t, debug, strings.Contains(texts, "> "), name)
	for _, needle := range needles(location) {
		if at := strings.Index(texts, needle); at >= 0 {
			t.Errorf("%s: the output has %q:\n%s", name, needle, texts[max(0, at-200):min(len(texts), at+100)])
		}
	}
}

// errorTexts returns all texts of an error and of its causes.
func errorTexts(err error) string {
	if err == nil {
		return ""
	}
	text := fmt.Sprintf("%v\n%+v\n%#v\n", err, err, err)
	switch e := err.(type) { //nolint:errorlint // each cause is visited
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			text += errorTexts(cause)
		}
		return text
	}
	return text + errorTexts(errors.Unwrap(err))
}

func TestDebugOfTheSignIn(t *testing.T) {
	const code, refresh, verifier = "ANdNAVhyhqirUelHGEHA", "Atzr|IwEBIRefreshToken/+=0123456789", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	secrets := []string{code, refresh, verifier, clientSecret, firstToken}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_secret": {clientSecret}, "refresh_token": {refresh},
		"code_verifier": {verifier}, "client_id": {"amzn1.application-oa2-client.0123"}, "redirect_uri": {"http://127.0.0.1:9090/cb"}}.Encode()
	document, err := json.Marshal(map[string]string{"grant_type": "refresh_token", "code": code, "client_secret": clientSecret,
		"refresh_token": refresh, "code_verifier": verifier})
	require.NoError(t, err)
	for contentType, body := range map[string]string{"application/x-www-form-urlencoded": form, "application/json": string(document)} {
		for _, status := range []int{200, 400} {
			s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
				answer := map[string]any{"access_token": firstToken, "refresh_token": refresh, "token_type": "bearer", "expires_in": 3600}
				if status == 400 {
					answer = map[string]any{"error": "invalid_grant", "error_description": "bad " + strings.Join(secrets, " ") + " " + form}
				}
				text, _ := json.Marshal(answer)
				answerJSON(w, status, string(text))
			})
			var log lockedBuffer
			client := &http.Client{Transport: NewDebugTransport(nil, &log)}
			response, err := client.Post(s.URL+"/auth/o2/token", contentType, strings.NewReader(body))
			require.NoError(t, err)
			received, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			client.CloseIdleConnections()
			require.Equal(t, body, s.requests()[0].body, "the server gets the whole request")
			require.Contains(t, string(received), firstToken, "the caller gets the whole answer")
			for _, secret := range secrets {
				for _, form := range encodings(secret) {
					require.NotContains(t, log.text(), form)
				}
			}
			require.Contains(t, log.text(), "grant_type")
			require.Contains(t, log.text(), "> POST "+s.URL+"/auth/o2/token")
			require.Contains(t, log.text(), "x-amzn-requestid: request-1")
			if status == 400 {
				require.Contains(t, log.text(), "invalid_grant")
			}
		}
	}
}

func TestDebugOutput(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", "e1")
		w.Header().Set("Date", "")
		answerJSON(w, 409, `{"message":"Found another import in progress for skillId: `+skillID+`. Use importId: `+importID+` to track its status.\u001b[31m"}`)
	})
	var log lockedBuffer
	c := newTestClient(t, s.URL, &log)
	_, err := c.UpdateByImport(t.Context(), skillID, uploadLocation)
	require.Error(t, err)
	_, err = c.Skills(t.Context(), vendorID)
	require.Error(t, err)
	answer := "< 409 Conflict\n< content-type: application/json\n< content-length: 188\n< etag: e1\n< x-amzn-requestid: request-1\n" +
		`{"message":"Found another import in progress for skillId: ` + skillID + `. Use importId: ` + importID + ` to track its status.\u001b[31m"}` + "\n\n"
	require.Equal(t, "> POST "+s.URL+"/v1/skills/"+skillID+"/imports\n> authorization: "+hidden+"\n> content-type: application/json\n"+
		`{"location":"`+hidden+`"}`+"\n"+answer+
		"> GET "+s.URL+"/v1/skills?maxResults=50&vendorId=M2VENDORID\n> authorization: "+hidden+"\n"+answer, log.text())
}

func TestDebugOfCutAndRefusedConnections(t *testing.T) {
	s := newScript(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			cutBody(w, 200, `{"vendors":`)
		}
		cut(w)
	})
	var log lockedBuffer
	_, err := newTestClient(t, s.URL, &log).Vendors(t.Context())
	require.Error(t, err)
	require.Contains(t, log.text(), "< the answer was cut: unexpected EOF")
	require.Contains(t, log.text(), "{\"vendors\":\n")
	require.Contains(t, log.text(), "< no answer: EOF")
	require.Equal(t, maxAttempts, strings.Count(log.text(), "> GET"))
}

func TestDebugDoesNotShowAHalfSecret(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte(" "), maxDebugInput-20))
		_, _ = io.WriteString(w, plainToken)
	})
	var log lockedBuffer
	c := newTestClient(t, s.URL, &log)
	c.tokens.current = plainToken
	_, err := c.Vendors(t.Context())
	require.Error(t, err)
	require.NotContains(t, log.text(), plainToken[:20])
	require.Contains(t, log.text(), "(more than 8 MiB)")
}

func TestDebugMasksEarlierEchoes(t *testing.T) {
	masked := (&masks{}).body([]byte(`{"m":"you sent s3cretvalue","clientSecret":"s3cretvalue"}`), "application/json", false)
	require.Equal(t, `{"m":"you sent `+hidden+`","clientSecret":"`+hidden+`"}`, masked)
}

func TestDebugPassesOnACut(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { cutBody(w, 202, `{`) })
	client := &http.Client{Transport: NewDebugTransport(nil, io.Discard)}
	defer client.CloseIdleConnections()
	response, err := client.Get(s.URL)
	require.NoError(t, err)
	content, err := io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "{", string(content))
	require.NoError(t, response.Body.Close())
}

func TestDebugOutputIsPrintable(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "a\x1b[31m\xffb\u0085\tc\n")
	})
	var log lockedBuffer
	_, err := newTestClient(t, s.URL, &log).Vendors(t.Context())
	require.Error(t, err)
	require.Contains(t, log.text(), "a\ufffd[31m\ufffdb\ufffd\tc\n")
}

func TestDebugKeepsLongAnswersWhole(t *testing.T) {
	long := `{"vendors":[{"id":"` + strings.Repeat("x", 3*maxDebugBody) + `"}]}`
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, long) })
	var log lockedBuffer
	vendors, err := newTestClient(t, s.URL, &log).Vendors(t.Context())
	require.NoError(t, err)
	require.Len(t, vendors[0].ID, 3*maxDebugBody)
	require.Contains(t, log.text(), "bytes more)")
	require.Less(t, len(log.text()), maxDebugBody+1000)
}

func TestDebugDoesNotChangeAnswersOverTheLimit(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxDebugInput+5)) })
	client := &http.Client{Transport: NewDebugTransport(nil, io.Discard)}
	defer client.CloseIdleConnections()
	response, err := client.Get(s.URL)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, int64(maxDebugInput+5), n)
}

func TestMaskText(t *testing.T) {
	for claim, row := range map[string]struct{ text, want string }{
		"an access token":          {"bad " + firstToken + " here", "bad " + hidden + " here"},
		"a short token":            {"bad Atzr|x", "bad " + hidden},
		"a token in a URL":         {"code Atza%7CIwEBabc&x=1", "code " + hidden + "&x=1"},
		"a token in JSON":          {`Atza\u007cIwEBabc"`, hidden + `"`},
		"the query of a URL":       {"GET https://s3.example/p?X=1&Y=2 failed", "GET https://s3.example/p?" + hidden + " failed"},
		"a URL in a URL":           {"url=https%3A%2F%2Fs3%2Fp%3FX-Amz-Credential%3DAKIDEXAMPLE", "url=https%3A%2F%2Fs3%2Fp%3FX-Amz-Credential%3D" + hidden},
		"a part of an upload URL":  {"p?AWSAccessKeyId=AKID&Signature=abc&Expires=1", "p?AWSAccessKeyId=" + hidden + "&Signature=" + hidden + "&Expires=1"},
		"an ordinary text":         {`Use importId: amzn1.import.1 to track "its" status.`, `Use importId: amzn1.import.1 to track "its" status.`},
		"JSON":                     {`{"uploadUrl":"https://x/y","b":1}`, `{"uploadUrl":"` + hidden + `","b":1}`},
		"JSON in JSON":             {`{"m":"{\"client_secret\":\"abcdefgh\"}"}`, `{"m":"{\"client_secret\":\"` + hidden + `\"}"}`},
		"the code of an error":     {`{"code":"INVALID_URL_FORMAT"}`, `{"code":"INVALID_URL_FORMAT"}`},
		"a secret after its echo":  {`{"m":"you sent s3cretvalue","clientSecret":"s3cretvalue"}`, `{"m":"you sent ` + hidden + `","clientSecret":"` + hidden + `"}`},
		"a secret after its name":  {"login with client_secret=s3cretvalue1 failed", "login with client_secret=" + hidden + " failed"},
		"a password in a URL":      {"get https://ada:s3cret@a.example/", "get https://" + hidden + "@a.example/"},
		"null is not a secret":     {`{"clientSecret":null,"accessToken":""}`, `{"clientSecret":null,"accessToken":""}`},
		"the audio player's token": {`{"token":"post-1","nextToken":"page"}`, `{"token":"post-1","nextToken":"page"}`},
	} {
		require.Equal(t, row.want, MaskText(row.text), claim)
	}
}

func TestMasksForgetOnlyTheOldest(t *testing.T) {
	m := &masks{}
	for i := range maxKnown + 10 {
		m.remember(fmt.Sprintf("known value %d", i+1000))
	}
	require.Equal(t, hidden, m.text(fmt.Sprintf("known value %d", maxKnown+1009)))
	require.Equal(t, hidden, m.text("known value 1010"))
	require.NotEqual(t, hidden, m.text("known value 1009"))
	m.remember("abc", "", "ask", strings.Repeat("x", maxSecret+1))
	require.Equal(t, "abc ask", m.text("abc ask"), "short secrets would match words")
}

func TestMaskingIsFast(t *testing.T) {
	m := &masks{}
	m.remember(firstToken, secondToken, clientSecret)
	m.rememberURL(uploadLocation)
	document := `{"samples":[` + strings.Repeat(`"tell me the last post about {topic}",`, 40_000) + `"x"]}`
	begin := time.Now()
	masked := m.body([]byte(document), "application/json", false)
	require.Equal(t, document, masked)
	require.Less(t, time.Since(begin), 20*time.Second, "1.5 MB, as the largest models")
}
