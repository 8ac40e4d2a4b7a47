package assembly

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lastpost/internal/archive"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
	"lastpost/internal/simulator"
	"lastpost/internal/skillpkg"
)

// A SkillPackage holds the files that Amazon imports, and notes for their author.
type SkillPackage struct {
	Spec     skillpkg.Spec
	Files    []skillpkg.File
	Notes    []string
	Openings []Opening // one for each locale
	NoFeed   error     // why nothing is known about the posts; nil: they are known
}

// An Opening is what a listener says to open the skill, such as "Alexa, open half elf".
type Opening struct{ Locale, Phrase string }

// NewSkillPackage builds the package of a skill from its configuration and its stored posts. Without posts it fetches the
// feed, and says so to progress. An empty certificate type means the one that follows from the configuration.
func NewSkillPackage(
	ctx context.Context, c *config.Config, skill config.Skill, certificate skillpkg.CertificateType, progress io.Writer,
) (*SkillPackage, error) {
	book, err := phrases.Load()
	if err != nil {
		return nil, err
	}
	if certificate == "" {
		if certificate, err = CertificateType(c); err != nil {
			return nil, err
		}
	}
	if err := CheckLocales(skill, book); err != nil {
		return nil, err
	}
	facts, err := readBlogFacts(ctx, c, skill, book, progress)
	if err != nil {
		return nil, err
	}
	p := &SkillPackage{Spec: PackageSpec(c, skill, certificate, facts), NoFeed: facts.feedError}
	if p.Files, err = skillpkg.Build(book, p.Spec); err != nil {
		return nil, err
	}
	p.collectNotes(facts)
	return p, p.collectOpenings(book)
}

// collectOpenings reads the first example of each language, which only opens the skill.
func (p *SkillPackage) collectOpenings(book *phrases.Catalog) error {
	for _, locale := range p.Spec.Locales {
		store, err := book.Language(locale).StoreTexts(phrases.Params{Blog: p.Spec.InvocationName}, phrases.StoreFacts{})
		if err != nil {
			return err
		}
		p.Openings = append(p.Openings, Opening{locale, store.Examples[0].Opening})
	}
	return nil
}

// PackageSpec describes the package of a skill to skillpkg.
func PackageSpec(c *config.Config, skill config.Skill, certificate skillpkg.CertificateType, facts BlogFacts) skillpkg.Spec {
	return skillpkg.Spec{
		ApplicationID: skill.ApplicationID, InvocationName: skill.InvocationName, Title: skill.Title,
		Endpoint: c.EndpointURL(skill), Certificate: certificate, PrivacyPolicyURL: skill.PrivacyPolicyURL, Locales: skill.Locales,
		Episodes: facts.Episodes > 0, Topics: facts.Topics,
		Intents: modelIntents(), Types: []skillpkg.Type{{Name: handlers.CategoryType, Values: facts.Categories}},
	}
}

// modelIntents converts the intent table of the service to the interaction model.
func modelIntents() (intents []skillpkg.ModelIntent) {
	for _, intent := range handlers.Intents() {
		modelIntent := skillpkg.ModelIntent{Name: intent.Name}
		for _, slot := range intent.Slots {
			modelIntent.Slots = append(modelIntent.Slots, skillpkg.ModelSlot(slot))
		}
		intents = append(intents, modelIntent)
	}
	return intents
}

// BlogFacts are what the package says about the blog.
type BlogFacts struct {
	Posts, Episodes    int
	Categories, Topics []string

	source    string // where the posts were found
	feedError error  // why there are none; nil: the blog does not have posts, or some were found
}

// readBlogFacts reads the facts from the archive, or from the feed if the archive does not have posts yet.
func readBlogFacts(
	ctx context.Context, c *config.Config, skill config.Skill, book *phrases.Catalog, progress io.Writer,
) (BlogFacts, error) {
	file := ArchiveFile(c.DataDir, skill)
	posts, err := archive.View(ctx, file)
	if err == nil && posts.Len() > 0 {
		facts, err := newBlogFacts(ctx, posts, "in "+file)
		return facts, errors.Join(err, posts.Close())
	}
	if err == nil {
		err = posts.Close()
	}
	if err != nil && !errors.Is(err, archive.ErrMissing) {
		return BlogFacts{}, err
	}
	b, err := NewTransientBlog(ctx, skill, UserAgent(c.PublicURL), book, time.Now)
	if err != nil {
		return BlogFacts{}, err
	}
	_, _ = fmt.Fprintf(progress, "no posts are stored yet: fetching the feed %s\n", skill.Feed)
	feedErr := WithRemedy(b.Refresher.Poll(ctx))
	facts, err := newBlogFacts(ctx, b.Archive, "in the feed, because "+file+" does not have posts yet")
	facts.feedError = feedErr
	return facts, errors.Join(err, b.Archive.Close())
}

// maxTopicTitles limits the titles in which the command looks for an example phrase.
const maxTopicTitles = 500

func newBlogFacts(ctx context.Context, posts *archive.Archive, source string) (f BlogFacts, err error) {
	f.source = source
	f.Posts, _ = posts.Count(feed.Filter{})
	f.Episodes, _ = posts.Count(feed.Filter{Episodes: true})
	if f.Categories, err = posts.Categories(ctx, simulator.MaxCategories); err != nil {
		return f, err
	}
	var titles []string
	for _, post := range posts.Range(feed.Filter{}, 0, maxTopicTitles) {
		titles = append(titles, post.Title)
	}
	f.Topics, err = findableTopic(ctx, posts, skillpkg.Topics(titles))
	return f, err
}

// findableTopic returns the first topic for which the search finds its own post first, because an example phrase must
// work. It returns none after a few attempts.
func findableTopic(ctx context.Context, posts *archive.Archive, topics []string) ([]string, error) {
	for _, topic := range topics[:min(len(topics), 20)] {
		found, err := posts.Search(ctx, topic, 1)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 && slices.Contains(skillpkg.Topics([]string{found[0].Title}), topic) {
			return []string{topic}, nil
		}
	}
	return nil, nil
}

// collectNotes collects the notes to print before the import.
func (p *SkillPackage) collectNotes(facts BlogFacts) {
	if facts.feedError != nil {
		p.Notes = append(p.Notes, fmt.Sprintf("warning: the feed could not be read: %v. The package is for a blog without episodes "+
			"and categories. Run this command again when the service has posts", facts.feedError))
	} else {
		p.Notes = append(p.Notes, fmt.Sprintf("found: posts: %d, episodes: %d, categories: %d, %s", facts.Posts, facts.Episodes,
			len(facts.Categories), facts.source))
	}
	if facts.Episodes == 0 {
		p.Notes = append(p.Notes, "left out: the interface AUDIO_PLAYER and all words about episodes. Run this command again when "+
			"the blog has an episode")
	}
	if reduced := p.Spec.ReducedIntents(); len(reduced) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("left out: sentences with a category (%s), because no post has one. Run this command "+
			"again when the blog has categories", strings.Join(reduced, ", ")))
	}
	p.Notes = append(p.Notes, "endpoint: "+p.Spec.Endpoint,
		"certificate: "+string(p.Spec.Certificate)+", in Amazon's console "+p.Spec.Certificate.ConsoleOption())
}

// CertificateType returns the certificate type for the manifest. It assumes a trusted certificate if a proxy speaks TLS
// or the host is unknown.
func CertificateType(c *config.Config) (skillpkg.CertificateType, error) {
	host := c.PublicHost()
	switch {
	case c.TLS.Mode == config.TLSSelfSigned:
		return skillpkg.SelfSigned, nil
	case c.TLS.Mode == config.TLSFiles && host != "":
		leaf, err := readLeafCertificate(c.TLS.CertFile)
		if err != nil {
			return "", fmt.Errorf("certificate type unknown: %w. Let this user read the certificate, or set --certificate-type", err)
		}
		if leaf.VerifyHostname(host) != nil {
			return "", fmt.Errorf("the certificate is not valid for %s, only for %s: get a certificate for %s", host,
				strings.Join(leaf.DNSNames, ", "), host)
		}
		return skillpkg.ClassifyCertificate(leaf, host), nil
	}
	return skillpkg.Trusted, nil
}

// UploadedCertificate returns the certificate that Amazon needs for an endpoint with a self-signed certificate, as PEM without
// the key. It returns "" for the other types, and if a proxy has the certificate.
func UploadedCertificate(c *config.Config, kind skillpkg.CertificateType) (string, error) {
	file := c.TLS.CertFile
	if c.TLS.Mode == config.TLSSelfSigned {
		file = filepath.Join(c.DataDir, server.SelfSignedFile)
	}
	if kind != skillpkg.SelfSigned || file == "" {
		return "", nil
	}
	leaf, err := readLeafCertificate(file)
	if errors.Is(err, fs.ErrNotExist) && c.TLS.Mode == config.TLSSelfSigned {
		return "", fmt.Errorf("the service has not created its certificate yet: %w. Start the service, and then repeat this command", err)
	}
	if err != nil {
		return "", fmt.Errorf("the certificate for Amazon is not known: %w. Run this command as a user who can read it", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})), nil
}

// readLeafCertificate reads the first certificate in a file. It does not need the private key.
func readLeafCertificate(file string) (*x509.Certificate, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, fmt.Errorf("%s does not contain a certificate", file)
}

// WithRemedy adds the remedy to an error of the feed.
func WithRemedy(err error) error {
	if remedy := feed.Remedy(err); remedy != "" {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	return err
}
