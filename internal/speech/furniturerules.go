package speech

import "strings"

// A treatment says what becomes of an element that matches a furniture rule.
type treatment int

const (
	drop            treatment = iota // removed with its content
	asCode                           // announced as a code example
	asCodeWithSigns                  // announced as a code example if it contains signs of code
	asFormula                        // spoken as "a formula"
	asEmbed                          // announced as embedded content
)

// A furnitureRule names elements that are not the text of a post.
type furnitureRule struct {
	platform  string // the platform or plug-in that writes the elements
	treatment treatment
	selectors string // CSS selectors, separated by white space. A selector does not have a combinator or a list
}

// arrowOnly returns a condition of a selector: the text consists of the arrows and brackets. The brackets are escaped,
// because the selector parser counts them.
func arrowOnly(arrows string) string {
	const around = `\x{FE0E}\x{FE0F}\s\x5B\x5D]*`
	return `:matches(^[` + around + `[` + arrows + `][` + arrows + around + `$)`
}

// having returns the selectors of a container that contains one of the elements.
func having(container string, elements ...string) string {
	selectors := ""
	for _, element := range elements {
		selectors += container + ":has(" + element + ") "
	}
	return selectors
}

// backLinks lists the selectors of the links from a footnote back to the text. In some feeds they are absolute.
var backLinks = []string{
	`a[href#=(?i)#(?:fnref|_ftnref|_ednref|footnote-ref|footnote-anchor|cite_ref)]`, `a[href*="#"]` + arrowOnly("↩↵⏎⤴"),
	`a.footnote-backref`, `a.footnote-back`, `a.footnote-backlink`,
}

// substackPages lists the selectors of links to pages that Substack's buttons open. Buttons with other links are the
// author's.
var substackPages = []string{`a[href*="/subscribe"]`, `a[href*="/comments"]`, `a[href*="action=share"]`, `a[href*="/leaderboard"]`,
	`a[href*="/chat?"]`, `a[href$="/chat"]`, `a[href*="%%"]`, `a[href*="substack.com/refer"]`}

// furnitureRules is the table of page furniture. It does not list the notes at the end of a post: see trim.go.
var furnitureRules = []furnitureRule{
	{"HTML: scripts, forms, drawings, navigation, fallback content", drop, `
		applet area button canvas datalist del dialog form head input map meter nav noembed noframes noscript progress rp rt script
		select style svg template textarea title`},
	{"HTML: hidden elements", drop, `
		[hidden] [aria-hidden="true"i] [style#=(?i)display\s*:\s*none] [style#=(?i)visibility\s*:\s*hidden] .screen-reader-text
		.sr-only .visually-hidden .visuallyhidden`},

	// A mark of a footnote interrupts a sentence, and the listener cannot know to which sentence a note belongs.
	{"ARIA: footnotes", drop, `
		[role="doc-noteref"] [role="doc-backlink"] [role="doc-endnotes"] [role="doc-footnote"] [role="doc-endnote"]`},
	{"Markdown, Word: footnotes and their links back", drop,
		having("li", backLinks...) + having("p", backLinks...) + strings.Join(backLinks, " ")},
	{"Markdown, Word, WordPress, Substack: marks of footnotes", drop, `
		a[href#=(?i)^#(?:fn|_ftn|_edn|footnote|easy-footnote|note-|sdfootnote)] a[href#=(?i)#(?:fn[:-]?\d|_ftn\d|_edn\d|footnote-\d)]
		a[href^="#"]` + arrowOnly("↑^") + `
		a.footnote-ref a.footnote-anchor a.footnote a.footnote-link sup.fn sup.footnote-ref sup.footnote-reference sup.reference
		sup:matches((?s)^\s*\x5B.*\x5D\s*$) sup:has(a[href^="#"])`},
	{"Markdown, WordPress, Wikipedia, Substack: footnotes", drop, `
		#footnotes .footnotes .footnote-list .footnotes-list .footnote-definition .endnotes .wp-block-footnotes
		.easy-footnotes-wrapper div#fn section#fn aside#fn ol#fn ul#fn div.footnote section.footnote aside.footnote p.footnote
		li.footnote ol.footnote ul.footnote dl.footnote div.references section.references ol.references ul.references`},

	{"WordPress, Jetpack: sharing, related posts, subscriptions", drop, `
		.sharedaddy .sd-sharing [class*="sharedaddy-"] .jp-relatedposts #jp-relatedposts .wp-block-social-links
		.wp-block-jetpack-sharing-buttons .wp-block-jetpack-subscriptions .jetpack_subscription_widget .wp-block-jetpack-like
		.wp-block-jetpack-related-posts .jetpack-likes-widget-wrapper`},
	{"WordPress: blocks of a page around the post", drop, `
		.wp-block-post-navigation-link .wp-block-table-of-contents .wp-block-button .wp-block-buttons .wp-block-post-author
		.wp-block-post-author-name .wp-block-post-author-biography .wp-block-post-date .wp-block-post-terms
		.wp-block-post-comments-form .wp-block-latest-posts .wp-block-latest-comments .wp-block-archives .wp-block-categories
		.wp-block-comments .wp-block-tag-cloud .wp-block-search .wp-block-loginout .wp-block-navigation .wp-block-query
		.wp-block-newsletterglue-form`},
	{"WordPress: read more links", drop, `.more-link .read-more`},
	{"WordPress, Discourse: images of smileys", drop, `.wp-smiley img.emoji`},
	{"WordPress plug-ins: share buttons", drop, `
		.a2a_kit .addthis_toolbox .addthis_inline_share_toolbox [class*="addtoany_"] .shareaholic-canvas .ssba .essb_links
		.mashsb-container .simplesocialbuttons .heateor_sss_sharing_container .sharethis-inline-share-buttons .rrssb-buttons
		.social-warfare .swp_social_panel .sfsi_widget .sfsi_Sicons .wabtn_container .scriptlesssocialsharing .synved-social-button
		.wp-social-sharing .novashare-buttons .monarch .et_social_inline .dpsp-content-wrapper .the_champ_sharing_container
		.shariff .wpulike
		.wp_rp_content .juiz_sps_links .share_counts .monsterinsights-inline-popular-posts`},
	{"WordPress plug-ins: author boxes", drop, `
		.saboxplugin-wrap .abh_box .molongui-author-box .m-a-box .pp-multiple-authors-boxes-wrapper .author-box .author-bio`},
	{"WordPress plug-ins: tables of contents", drop, `
		.ez-toc-container #ez-toc-container .lwptoc .toc_container #toc_container .table-of-contents #toc .rank-math-toc-block
		.wp-block-rank-math-toc-block .wp-block-yoast-seo-table-of-contents .uagb-toc__wrap .wp-block-uagb-table-of-contents
		.kb-table-of-contents-wrap .aioseo-toc-contents`},
	{"WordPress plug-ins: related posts", drop, `
		.yarpp .yarpp-related .crp_related .related-posts .relatedposts .rp4wp-related-posts .wp-block-yoast-seo-related-links
		.zem_rp_wrap .wp_rp_wrap .irp .srpw-block .contextual-related-posts`},
	{"WordPress plug-ins: reading time, views, ratings", drop, `
		.rt-reading-time .yoast-reading-time__wrapper .wp-block-yoast-seo-estimated-reading-time .booster-read-block
		.bsf-rt-reading-time .wp-block-post-time-to-read .post-views .post-ratings .kksr-legend .kk-star-ratings .aiosrs-rating-wrap
		.span-reading-time .reading-time .estimated-reading-time .pvc_stats`},
	{"WordPress plug-ins: print buttons", drop, `
		.printfriendly .pf-button .printomatic .print-button .pdfprnt-buttons .wp-block-print`},
	{"WordPress plug-ins: newsletters", drop, `
		#mc_embed_signup .mc_embed_signup
		.mc4wp-form .formkit-form .wpforms-container .tnp-subscription .mailpoet_form .wp-block-mailpoet-subscription-form-block
		[class*="et_bloom"] [class*="tve-leads"] .optin-monster .convertkit-form`},
	{"WordPress plug-ins: line numbers of code", drop, `
		.gutter .lineno .linenos .linenodiv .line-numbers-rows .crayon-nums .crayon-toolbar .crayon-plain-wrap .line_numbers
		.hljs-ln-numbers div.toolbar:haschild(.toolbar-item) .rouge-gutter td.code-gutter td.blob-num .lnt .lnlinks span.ln
		.copy-code-button .btn-clipboard`},
	{"Elementor: share buttons, tables of contents, authors", drop, `
		.elementor-widget-share-buttons .elementor-share-buttons .elementor-share-btn .elementor-social-icons-wrapper
		.elementor-author-box .elementor-widget-table-of-contents .elementor-post-navigation .elementor-widget-button`},
	{"Divi, Avada, Enfold: sharing and consent", drop, `
		.et_pb_social_media_follow .fusion-sharing-box .av-share-box .fusion-privacy-placeholder`},

	{"Substack: subscription forms and recommended publications", drop, `
		.subscription-widget .subscription-widget-wrap .subscription-widget-wrap-editor [data-component-name="SubscribeWidget"]
		.embedded-publication-wrap .image-link-expand .install-substack-app-embed .paywall-jump .poll-embed .community-chat
		.directMessage .comments-cta .post-ufi iframe[src*=".substack.com/"][src$="/embed"]`},
	{"Substack: buttons that subscribe, comment or share", drop, having(".captioned-button-wrap", substackPages...) +
		having(".button-wrapper", substackPages...) + having(`[data-component-name="ButtonCreateButton"]`, substackPages...)},
	{"Substack: other posts", asEmbed, `.embedded-post-wrap .digest-post-embed .comment-embed`},
	{"Ghost: sign-up, button and call-to-action cards", drop, `
		.kg-signup-card .kg-cta-card .kg-button-card .kg-email-card .kg-email-cta-card .kg-audio-player-container
		.kg-video-player-container .kg-toggle-card-icon .kg-callout-emoji .kg-file-card .gh-post-upgrade-cta`},
	{"Ghost: bookmarks", asEmbed, `.kg-bookmark-card .kg-nft-card`},
	{"Squarespace: newsletter, share and button blocks", drop, `
		.sqs-block-newsletter .newsletter-form-wrapper .sqs-block-button .sqs-block-socialaccountlinks-v2 .sqs-block-tagcloud
		.sqs-block-archive .sqs-block-summary-v2 .sqs-block-search .squarespace-social-buttons .sqs-share-buttons`},
	{"Medium: statistics and the link to the story", drop, `.medium-feed-link .js-postMetaLockup`},
	{"Tumblr: badges of images", drop, `.tmblr-alt-text-helper`},
	{"Blogger, FeedBurner: share links", drop, `
		.feedflare .post-share-buttons .blogger-post-footer .share-story-container .goog-inline-block.share-button`},
	{"Discourse: sizes of images", drop, `div.meta:haschild(span.informations) span.informations`},
	{"Hugo, Jekyll, Sphinx, GitHub: links of headings to themselves", drop, `
		a.anchorjs-link a.headerlink a.hash-link a[href*="#"]` + arrowOnly("#¶§🔗")},
	{"Drupal: placeholders and share boxes", drop, `
		drupal-render-placeholder .easy_social_box ul.links.inline .field--name-comment .reading-time-article .reading-time-teaser
		.statistics-counter`},
	{"Mailchimp, beehiiv, Buttondown: e-mail parts", drop, `
		.mcnPreviewText .footerContainer #templateFooter iframe[src*="embeds.beehiiv.com"]`},
	{"Networks: buttons, and comments", drop, `
		.twitter-share-button .twitter-follow-button .twitter-mention-button .fb-like .fb-share-button .fb-comments .fb-save
		.g-plusone .linkedin-share-button .pinterest-pin-button .reddit-share-button #disqus_thread .mastodon-share-button`},
	{"Networks: images that share the post", drop, having(shareLink, `img`)},
	{"Buzzsprout: links for messages and money", drop, `
		a[href*="/fan_mail/"] a[href*="/twilio/text_messages/"] a[href*="buzzsprout.com/"][href*="/support"]`},
	{"Themes: share bars", drop, `
		.social-share .social-sharing .social-links .share-buttons .share-bar .sharing .post-share [class*="social-share"]
		[class*="share-buttons"] amp-social-share`},
	{"Themes: breadcrumbs, pages of a post", drop, `
		.breadcrumbs .aioseo-breadcrumbs .page-links .post-page-numbers .post-nav-links`},
	{"Advertisers: places for advertisements", drop, `
		.adsbygoogle .adthrive-ad amp-ad amp-auto-ads amp-sticky-ad amp-consent .code-block-ad div[id^="div-gpt-ad"]
		.google-auto-placed`},

	{"GeSHi, SyntaxHighlighter, Crayon, Enlighter: code outside of pre", asCode, `
		.wp_syntax .wp-geshi-highlight-wrap .wp-geshi-highlight div.codecolorer div.codecolorer-container div.geshifilter .mw-geshi
		.syntaxhighlighter .dp-highlighter .crayon-syntax .urvanov-syntax-highlighter-syntax .enlighter-default .CodeMirror
		.ace_editor div.gist div.prettyprint div.hljs div.mw-highlight div.codehilite:haschild(code) div.highlight:haschild(code)
		div.sourceCode:haschild(code) table.lntable ol:haschild(li.li1)`},
	{"GeSHi, themes: code outside of pre, or words with the same classes", asCodeWithSigns,
		"div.code " + geshiCode("div") + geshiCode("p") + geshiCode("td")},

	{"MathJax, KaTeX, MathML", asFormula, `
		math .katex .katex-display .katex-mathml .MathJax .MathJax_Display .MathJax_Preview .MathJax_SVG .MathJax_CHTML
		mjx-container .math-tex .wp-katex-eq .ql-formula span.math div.math .mwe-math-element .latex-rendered .latex_equation
		.MathJax_SVG_Display`},
	{"WordPress, Wikipedia, CodeCogs: images of formulas", asFormula, `
		img.latex img.tex img.wp-math img.mwe-math-fallback-image-inline img.mwe-math-fallback-image-display
		img.ql-img-inline-formula img.ql-img-displayed-equation img[src*="/latex.php?"] img[src*="latex.codecogs.com/"]
		img[src*="/mathtex.cgi?"] img[src*="/mimetex.cgi?"] img[src*="chart.apis.google.com/chart?cht=tx"] img.ee_img img.math
		img.equation`},
}

// shareLink is the selector of the links that share the post.
const shareLink = `a[href#=(?i)^(?:https?:)?//(?:www\.|m\.)?(?:` +
	`facebook\.com/(?:sharer?(?:\.php)?\b|share\.php|dialog/share|dialog/feed)|` +
	`(?:twitter|x)\.com/(?:intent|share\b|home\?status=)|linkedin\.com/(?:shareArticle|sharing|cws/share)|` +
	`pinterest\.[a-z.]+/pin/create|reddit\.com/(?:r/[^/]+/)?submit|news\.ycombinator\.com/submitlink|addtoany\.com/|addthis\.com/|` +
	`(?:del\.icio\.us|delicious\.com)/(?:post|save)|digg\.com/submit|stumbleupon\.com/(?:submit|refer)|tumblr\.com/(?:share|widgets)|` +
	`t\.me/share|telegram\.me/share|wa\.me/\?|api\.whatsapp\.com/send\?|getpocket\.com/(?:save|edit)|b\.hatena\.ne\.jp/(?:entry|add)|` +
	`feeds\.feedburner\.com/~ff/|feeds\.wordpress\.com/1\.0/|bsky\.app/intent|threads\.net/intent|share\.flipboard\.com|` +
	`line\.me/R/|social-plugins\.line\.me/|vk\.com/share|plus\.google\.com/share|instapaper\.com/(?:hello|edit)|xing\.com/spi/shares)]`

// geshiCode returns the selector of an element that contains keywords, brackets, strings or comments as GeSHi marks them.
func geshiCode(tag string) string {
	return tag + `:haschild(span.kw1,span.kw2,span.br0,span.st0,span.sy0,span.co1,span.re0,span.me1,span.nu0) `
}
