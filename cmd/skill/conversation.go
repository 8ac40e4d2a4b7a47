package main

import (
	"encoding/json"
	"net/http"
	"time"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// A step is something said in the demonstration, and the words that must come back.
type step struct {
	title string
	say   saying
	want  string // what Alexa says; "": anything
}

func (s step) expected(r reply) bool {
	return words(r.speech) == s.want || s.want == "" && words(r.speech) != ""
}

// ofDate asks in one breath for the post of a date, an AMAZON.DATE.
func ofDate(date string) saying {
	return saying{intent: "LastPostIntent", slots: map[string]string{"Date": date}}
}

// sampleConversation is about the sample blog, as it is on the day of [sampleNow].
func sampleConversation() []step {
	return []step{
		{`You: "Alexa, open half elf."`, saying{},
			"Welcome to half elf. The latest post, from yesterday, is: Dates lean to the future. Which other day would you like?"},
		{`You: "The post of Christmas."  (Alexa says: 2026-12-25, which lies ahead)`,
			saying{intent: "LastPostIntent", slots: map[string]string{"Date": "2026-12-25"}, within: true},
			"There was one post on December 25, 2025: A quiet Christmas. Which other day would you like?"},
		{`You: "Stop."`, saying{intent: "AMAZON.StopIntent", within: true}, "Goodbye."},
		{`You: "Alexa, ask half elf for the last post."`, saying{intent: "LastPostIntent"},
			"The latest post, from yesterday, is: Dates lean to the future."},
		{`You: "Alexa, ask half elf for the post of March third."  (2026-03-03)`, ofDate("2026-03-03"),
			"There was one post on Tuesday, March 3: Salt & Pepper: season your feeds."},
		{`You: "Alexa, ask half elf what was posted in March."  (2026-03)`, ofDate("2026-03"),
			"There were 3 posts in March. The newest, from yesterday, is: Dates lean to the future."},
		{`You: "Alexa, ask half elf for the post of February twenty-seventh."  (2026-02-27, without a post)`, ofDate("2026-02-27"),
			"There was no post on Friday, February 27. The last one before that, from Saturday, February 14, is: “Who goes there?” asked the guard."},
		{`You: "Alexa, ask half elf for a post of last summer."  (2025-SU)`, ofDate("2025-SU"),
			"There was one post in the summer of 2025, from July 12, 2025: Summer, self-hosted."},
		{`You: mumbling  (?)`, ofDate("?"),
			"I did not understand which day you mean. The latest post, from yesterday, is: Dates lean to the future."},
	}
}

// anyConversation is about a blog of which nothing is known.
func anyConversation() []step {
	year := time.Now().Format("2006")
	return []step{
		{`You: "Alexa, open the blog."`, saying{}, ""},
		{`You: "Alexa, ask the blog for the last post."`, saying{intent: "LastPostIntent"}, ""},
		{`You: "Alexa, ask the blog what was posted this year."  (` + year + `)`, ofDate(year), ""},
		{`You: "Alexa, ask the blog what was posted right now."  (PRESENT_REF)`, ofDate("PRESENT_REF"), ""},
	}
}

// A forgery is a request that does not come from Alexa, and the rule that it breaks.
type forgery struct {
	title string
	make  func(*stage) (http.Header, []byte, error)
	rule  verify.Rule
}

func forgeries() []forgery {
	return []forgery{
		{"without a signature", unsigned, verify.CertificateURL},
		{"one byte changed after signing", tampered, verify.Signature},
		{"signed under a certificate of the forger's own making", selfMade, verify.CertificateChain},
		{"the certificate lies in the forger's bucket", elsewhere, verify.CertificateURL},
		{"recorded ten minutes ago and played again", replayed, verify.Timestamp},
		{"genuine, but meant for another skill", misdirected, verify.ApplicationID},
	}
}

func unsigned(s *stage) (http.Header, []byte, error) {
	body, err := json.Marshal(s.request(saying{}))
	return http.Header{}, body, err
}

func tampered(s *stage) (http.Header, []byte, error) {
	header, body, err := s.signed(s.request(saying{}))
	if err == nil {
		body[len(body)-2] ^= 1
	}
	return header, body, err
}

func selfMade(s *stage) (http.Header, []byte, error) {
	forger, err := verifytest.NewAuthority(s.now())
	if err != nil {
		return nil, nil, err
	}
	leaf, err := forger.Issue(verifytest.Template{})
	if err != nil {
		return nil, nil, err
	}
	const url = "https://s3.amazonaws.com/echo.api/echo-api-cert-99.pem"
	s.bucket.Put(url, verifytest.Bundle(leaf, forger.Intermediate, forger.Root))
	_, body, err := unsigned(s)
	if err != nil {
		return nil, nil, err
	}
	header, err := verifytest.Signer{Key: forger.Key, URL: url}.Sign(body)
	return header, body, err
}

func elsewhere(s *stage) (http.Header, []byte, error) {
	header, body, err := s.signed(s.request(saying{}))
	if err == nil {
		header.Set("SignatureCertChainUrl", "https://s3.amazonaws.com/echo.api/../forger/echo-api-cert.pem")
	}
	return header, body, err
}

func replayed(s *stage) (http.Header, []byte, error) {
	request := s.request(saying{})
	request["request"].(map[string]any)["timestamp"] = s.now().Add(-10 * time.Minute).UTC().Format(time.RFC3339)
	return s.signed(request)
}

func misdirected(s *stage) (http.Header, []byte, error) {
	request := s.request(saying{})
	system := request["context"].(map[string]any)["System"].(map[string]any)
	system["application"] = map[string]any{"applicationId": "amzn1.ask.skill.11111111-1111-4111-8111-111111111111"}
	return s.signed(request)
}
