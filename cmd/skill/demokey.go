package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/config"
	"lastpost/internal/verify/verifytest"
)

// A demoKey is what it takes to be Alexa to one demonstration, and to nobody else: its signing key was made with it, and
// is believed by no other service.
type demoKey struct {
	ApplicationID string        `json:"application_id"`
	Key           []byte        `json:"key"`         // PKCS #8: signs the requests
	Certificate   []byte        `json:"certificate"` // DER: what the server shows
	ClockOffset   time.Duration `json:"clock_offset"`

	signer verifytest.Signer
}

// keyOf is the key of a stage.
func keyOf(s *stage) (*demoKey, error) {
	key, err := x509.MarshalPKCS8PrivateKey(s.signer.Key)
	return &demoKey{
		ApplicationID: s.blog.skill.ApplicationID, Key: key, Certificate: s.certificate.Raw, ClockOffset: time.Until(s.now()).Round(time.Second),
	}, err
}

// save writes the key where only this user can read it. Who asked for it removes it.
func (k *demoKey) save() (file string, err error) {
	f, err := os.CreateTemp("", "skill-demo-*.key") // 0600
	if err != nil {
		return "", err
	}
	return f.Name(), errors.Join(json.NewEncoder(f).Encode(k), f.Close())
}

// loadDemoKey reads what a demonstration has saved.
func loadDemoKey(file string) (*demoKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--demo-key: %w; it is there while the demonstration is up", err)
	}
	k := &demoKey{}
	if err := json.Unmarshal(content, k); err != nil {
		return nil, fmt.Errorf("--demo-key: %s: %w", file, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(k.Key)
	signing, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("--demo-key: %s holds no RSA key", file)
	}
	k.signer = verifytest.Signer{Key: signing}
	return k, nil
}

// stage is one on which Alexa can be played to the demonstration.
func (k *demoKey) stage() *stage {
	return &stage{
		blog: &blog{skill: config.Skill{ApplicationID: k.ApplicationID}}, signer: k.signer,
		now: func() time.Time { return time.Now().Add(k.ClockOffset) },
	}
}

func (k *demoKey) checkCertificate(leaf *x509.Certificate) finding {
	if !bytes.Equal(leaf.Raw, k.Certificate) {
		return finding{fail, "url certificate", "is not that of the demonstration whose key this is", "use the command that the demonstration prints"}
	}
	return finding{good, "url certificate", "the demonstration's own: Alexa would not trust it", ""}
}

// checkGenuine sends one request that must be accepted, and reads the answer as Alexa does.
func (t target) checkGenuine(ctx context.Context, p *prober, alexa *stage) finding {
	const name = "url genuine"
	if t.demo == nil {
		return finding{good, name, "skipped: a request that the service must accept is one that only Amazon can sign; \"skill demo\" gives a key for this", ""}
	}
	header, body, err := alexa.signed(alexa.request(saying{}))
	if err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	return judgeGenuine(name, p.post(ctx, header, body), body)
}

func judgeGenuine(name string, got outcome, request []byte) finding {
	const remedy = "look into the log of the service"
	if errors.Is(got.err, errUnasked) {
		return unasked(name)
	}
	if got.err != nil {
		return finding{fail, name, got.err.Error(), remedy}
	}
	if got.status != http.StatusOK {
		return finding{fail, name, strings.TrimSpace(fmt.Sprintf("%d %s", got.status, got.message)) + ", to a request that is properly signed", remedy}
	}
	if got.mediaType() != "application/json" {
		return finding{fail, name, fmt.Sprintf("200 with the content type %q", got.header.Get("Content-Type")), "answer with application/json;charset=UTF-8"}
	}
	asked, err := alexatest.AskedBy(request)
	if err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	if _, broken := alexatest.Examine(asked, got.body); len(broken) > 0 {
		return finding{fail, name, "the answer breaks Alexa's rules: " + strings.Join(broken, ", "), remedy}
	}
	return finding{good, name, "200 to a properly signed request, with an answer that keeps Alexa's rules", ""}
}
