declare module "rollbook:contexts" {
  /** Texts of the pinned contexts, by address. */
  const contexts: { [url: string]: string };
  export default contexts;
}
