package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/simulator"
	"lastpost/internal/skillpkg"
)

// packageFlags select the skill and the output folder.
type packageFlags struct {
	skillFlags
	out, certificate string
	force            bool
}

func newPackage(env environment) *cobra.Command {
	var f packageFlags
	cmd := &cobra.Command{
		Use:   "package",
		Short: "Write the skill package that Amazon imports",
		Long: `Write the files that "ask deploy" imports into Amazon's console: manifest, interaction models, icons, and the two
configuration files of "ask". If the configuration has several skills, select one with --skill, and use a separate folder
for each.

Categories, example phrases and audio come from the stored posts. So run the command on the machine of the service, as a
user who can read the archive. If no posts are stored yet, the command fetches the feed. It prints what it found. Run it
again when the blog has new categories or its first episode.

The package is checked against Amazon's rules before anything is written. Files that this command wrote earlier are
replaced. A file that you changed is kept if its generated content is the same as last time. If both changed, or if this
command did not create the file, the command names the file and writes nothing; --force replaces it. The state of "ask"
in .ask is kept if it belongs to the same skill.

The privacy answers describe the service: it does not link accounts and does not ask for permissions. For each listener
it stores the day of the last visit, the newest post at that time and the place where the listener stopped in a post or an
episode, under a keyed hash, until the skill is disabled.
The answers are given in your name: check them in skill.json, and set isChildDirected if your blog is for children.`,
		Example: `  skill package --out alexa
  cd alexa && ask deploy`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.runPackage(cmd.Context(), env) },
	}
	f.addTo(cmd, env)
	cmd.Flags().StringVar(&f.out, "out", "", "`FOLDER` to write the package into; created if it is missing")
	cmd.Flags().StringVar(&f.certificate, "certificate-type", "",
		"`TYPE` of the endpoint's certificate: Trusted, Wildcard or SelfSigned (default: from tls.mode and the certificate)")
	cmd.Flags().BoolVar(&f.force, "force", false, "also replace files that you changed")
	proposeValues(cmd, "certificate-type", func() []string { return []string{"Trusted", "Wildcard", "SelfSigned"} })
	return cmd
}

func (f *packageFlags) runPackage(ctx context.Context, env environment) error {
	if f.out == "" {
		return usageErrorf("--out is missing: set the folder for the package")
	}
	given, ok := skillpkg.ParseCertificateType(f.certificate)
	if !ok {
		return usageErrorf("--certificate-type must be Trusted, Wildcard or SelfSigned, not %q", f.certificate)
	}
	c, skill, err := f.loadSkill(env)
	if err != nil {
		return err
	}
	p, err := newSkillPackage(ctx, c, skill, given, env.stderr)
	if err != nil {
		return err
	}
	return p.writeTo(env.stdout, f.out, f.force)
}

// A skillPackage holds the files of a package and notes for its author.
type skillPackage struct {
	skill skillpkg.Spec
	files []skillpkg.File
	notes []string
}

func newSkillPackage(
	ctx context.Context, c *config.Config, skill config.Skill, certificate skillpkg.CertificateType, progress io.Writer,
) (*skillPackage, error) {
	book, err := phrases.Load()
	if err != nil {
		return nil, err
	}
	if certificate == "" {
		if certificate, err = certificateType(c); err != nil {
			return nil, err
		}
	}
	if err := assembly.CheckLocales(skill, book); err != nil {
		return nil, err
	}
	facts, err := readBlogFacts(ctx, c, skill, book, progress)
	if err != nil {
		return nil, err
	}
	p := &skillPackage{skill: packageInput(c, skill, certificate, facts)}
	p.files, err = skillpkg.Build(book, p.skill)
	p.collectNotes(facts)
	return p, err
}

// packageInput returns the input for skillpkg.
func packageInput(c *config.Config, skill config.Skill, certificate skillpkg.CertificateType, facts blogFacts) skillpkg.Spec {
	return skillpkg.Spec{
		ApplicationID: skill.ApplicationID, InvocationName: skill.InvocationName, Title: skill.Title,
		Endpoint: c.EndpointURL(skill), Certificate: certificate, PrivacyPolicyURL: skill.PrivacyPolicyURL, Locales: skill.Locales,
		Episodes: facts.episodes > 0, Topics: facts.topics,
		Intents: modelIntents(), Types: []skillpkg.Type{{Name: handlers.CategoryType, Values: facts.categories}},
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

// blogFacts are what the package says about the blog.
type blogFacts struct {
	posts, episodes    int
	categories, topics []string
	source             string // where the posts were found
	feedError          error  // why there are none; nil: the blog does not have posts, or some were found
}

// readBlogFacts reads the facts from the archive, or from the feed if the archive does not have posts yet.
func readBlogFacts(
	ctx context.Context, c *config.Config, skill config.Skill, book *phrases.Catalog, progress io.Writer,
) (blogFacts, error) {
	file := assembly.ArchiveFile(c.DataDir, skill)
	posts, err := archive.View(ctx, file)
	if err == nil && posts.Len() > 0 {
		facts, err := newBlogFacts(ctx, posts, "in "+file)
		return facts, errors.Join(err, posts.Close())
	}
	if err == nil {
		err = posts.Close()
	}
	if err != nil && !errors.Is(err, archive.ErrMissing) {
		return blogFacts{}, err
	}
	b, err := assembly.NewTransientBlog(ctx, skill, assembly.UserAgent(c.PublicURL), book, time.Now)
	if err != nil {
		return blogFacts{}, err
	}
	_, _ = fmt.Fprintf(progress, "no posts are stored yet: fetching the feed %s\n", skill.Feed)
	feedErr := withRemedy(b.Refresher.Poll(ctx))
	facts, err := newBlogFacts(ctx, b.Archive, "in the feed, because "+file+" does not have posts yet")
	facts.feedError = feedErr
	return facts, errors.Join(err, b.Archive.Close())
}

// maxTopicTitles limits the titles in which the command looks for an example phrase.
const maxTopicTitles = 500

func newBlogFacts(ctx context.Context, posts *archive.Archive, source string) (f blogFacts, err error) {
	f.source = source
	f.posts, _ = posts.Count(feed.Filter{})
	f.episodes, _ = posts.Count(feed.Filter{Episodes: true})
	if f.categories, err = posts.Categories(ctx, simulator.MaxCategories); err != nil {
		return f, err
	}
	var titles []string
	for _, post := range posts.Range(feed.Filter{}, 0, maxTopicTitles) {
		titles = append(titles, post.Title)
	}
	f.topics, err = findableTopic(ctx, posts, skillpkg.Topics(titles))
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
func (p *skillPackage) collectNotes(facts blogFacts) {
	if facts.feedError != nil {
		p.notes = append(p.notes, fmt.Sprintf("warning: the feed could not be read: %v. The package is for a blog without episodes "+
			"and categories. Run this command again when the service has posts", facts.feedError))
	} else {
		p.notes = append(p.notes, fmt.Sprintf("found: posts: %d, episodes: %d, categories: %d, %s", facts.posts, facts.episodes,
			len(facts.categories), facts.source))
	}
	if facts.episodes == 0 {
		p.notes = append(p.notes, "left out: the interface AUDIO_PLAYER and all words about episodes. Run this command again when "+
			"the blog has an episode")
	}
	if reduced := p.skill.ReducedIntents(); len(reduced) > 0 {
		p.notes = append(p.notes, fmt.Sprintf("left out: sentences with a category (%s), because no post has one. Run this command "+
			"again when the blog has categories", strings.Join(reduced, ", ")))
	}
	p.notes = append(p.notes, "endpoint: "+p.skill.Endpoint,
		"certificate: "+string(p.skill.Certificate)+", in Amazon's console "+p.skill.Certificate.ConsoleOption())
	if p.skill.Certificate == skillpkg.SelfSigned {
		p.notes = append(p.notes, "upload the certificate in the console under Endpoint, because a package cannot contain it. "+
			"Amazon accepts it only for skills in development")
	}
}

// writeTo writes the files and prints the results and the next step.
func (p *skillPackage) writeTo(out io.Writer, dir string, force bool) error {
	did, err := skillpkg.Write(dir, p.files, force)
	if _, exists := errors.AsType[*skillpkg.ConflictError](err); exists {
		return fmt.Errorf("%w\nnothing was written. Write into another folder and compare, or replace these files with "+
			"--force", err)
	}
	for _, name := range did.Written {
		_, _ = fmt.Fprintln(out, "wrote "+name)
	}
	for _, name := range did.Removed {
		_, _ = fmt.Fprintln(out, "removed "+name)
	}
	for _, name := range did.KeptModified {
		_, _ = fmt.Fprintln(out, "kept "+name+", because you changed it")
	}
	if err != nil {
		return err
	}
	if len(did.Written)+len(did.Removed) == 0 {
		_, _ = fmt.Fprintln(out, dir+" is up to date")
	}
	for _, note := range p.notes {
		_, _ = fmt.Fprintln(out, note)
	}
	_, err = fmt.Fprintf(out, "next: check the privacy answers in skill.json, then run: cd %s && ask deploy\n", dir)
	return err
}

// certificateType returns the certificate type for the manifest. It assumes a trusted certificate if a proxy speaks TLS
// or the host is unknown.
func certificateType(c *config.Config) (skillpkg.CertificateType, error) {
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
