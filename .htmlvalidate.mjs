// The rules that every page's HTML is checked by (tests/test_markup.py), and why some of them are not the packaged ones.
export default {
  root: true,
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: {
    // Spaces at the end of a line are what a template tag leaves behind; no reader meets them.
    "no-trailing-whitespace": "off",
    // A group of checkboxes shares one name, and is read as a list.
    "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "reset", "submit"] }],
    // A list may bear a name too: the target groups of a lecture.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // A work group names itself, and its name is the page's.
    "long-title": "off",
    // The style sheet keeps a telephone number on one line (`.ms-number__tel`).
    "tel-non-breaking": "off",
    // The transcript's places are named by their second, `#t=612`, as in a media fragment.
    "valid-id": ["error", { relaxed: true }],
  },
};
