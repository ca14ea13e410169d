// Builds static/css, static/js, static/fonts and static/img from frontend/ and the npm packages.
// With --check: builds into a temporary folder and compares, byte by byte, with what is committed.

import { mkdtempSync, mkdirSync, readdirSync, readFileSync, writeFileSync, copyFileSync, cpSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";
import { buildSync, transformSync } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const packages = join(root, "node_modules");
const folders = ["css", "js", "fonts", "img"];
const browsers = ["chrome109", "firefox115", "safari16"];
const notice = "/*! Contains govuk-frontend, Copyright (c) 2017 Crown Copyright, MIT licence */";

const files = (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []);
const sources = (folder, ending) => files(folder).filter((name) => name.endsWith(ending) && !name.startsWith("_"));

function buildStyles(target) {
  for (const name of sources(join(here, "css"), ".scss")) {
    const { css } = compile(join(here, "css", name), { charset: false, loadPaths: [packages] });
    const { code } = transformSync(css, { loader: "css", minify: true, target: browsers, charset: "ascii" });
    writeFileSync(join(target, "css", name.replace(".scss", ".css")), `${notice}\n${code}`);
  }
}

function buildScripts(target) {
  buildSync({
    entryPoints: sources(join(here, "js"), ".js").map((name) => join(here, "js", name)),
    outdir: join(target, "js"),
    banner: { js: notice },
    bundle: true,
    format: "esm",
    minify: true,
    charset: "ascii",
    legalComments: "none",
    target: browsers,
  });
}

function copyFonts(target) {
  const font = join(packages, "@fontsource-variable", "source-sans-3");
  copyFileSync(join(font, "files", "source-sans-3-latin-wght-normal.woff2"), join(target, "fonts", "source-sans-3-latin.woff2"));
  copyFileSync(join(font, "LICENSE"), join(target, "fonts", "OFL.txt"));
}

function copyImages(target) {
  for (const name of files(join(here, "img"))) copyFileSync(join(here, "img", name), join(target, "img", name));
}

function build(target) {
  for (const folder of folders) mkdirSync(join(target, folder), { recursive: true });
  buildStyles(target);
  buildScripts(target);
  copyFonts(target);
  copyImages(target);
}

function differences(built, committed) {
  return folders.flatMap((folder) => {
    const names = new Set([...files(join(built, folder)), ...files(join(committed, folder))]);
    return [...names].sort().flatMap((name) => {
      const [ours, theirs] = [built, committed].map((base) => join(base, folder, name));
      if (!existsSync(theirs)) return [`static/${folder}/${name} is missing`];
      if (!existsSync(ours)) return [`static/${folder}/${name} has no source`];
      return readFileSync(ours).equals(readFileSync(theirs)) ? [] : [`static/${folder}/${name} is out of date`];
    });
  });
}

function compare(built) {
  const found = differences(built, join(root, "static"));
  for (const line of found) console.error(line);
  if (found.length) {
    console.error("Run: npm run build");
    process.exitCode = 1;
  }
}

// Only what has been built whole takes the place of what was there.
function replace(built) {
  for (const folder of folders) {
    rmSync(join(root, "static", folder), { recursive: true, force: true });
    cpSync(join(built, folder), join(root, "static", folder), { recursive: true });
  }
}

const built = mkdtempSync(join(tmpdir(), "metodstod-build-"));
try {
  build(built);
  if (process.argv.includes("--check")) compare(built);
  else replace(built);
} finally {
  rmSync(built, { recursive: true, force: true });
}
