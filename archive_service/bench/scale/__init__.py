"""What more and more holdings cost: intake, lists, daily work and room, beside a tenth as many."""
